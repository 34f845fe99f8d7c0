"""What lm-eval's own checkers say: run by the Python of an environment that holds `lm_eval[ifeval]`.

Reads JSON lines of instruction, kwargs, prompt and response from standard input; writes true, false or the error.
"""

import json
import random
import sys
from importlib import import_module


def main() -> None:
    """One line of JSON for each line that came."""
    # By name: where the types are checked these packages are not installed.
    registry = import_module("lm_eval.tasks.ifeval.instructions_registry")
    import_module("langdetect").DetectorFactory.seed = 0  # else its guesses change from call to call

    for line in sys.stdin:
        case = json.loads(line)
        random.seed(0)  # for what it draws where an argument does not suit it
        said: bool | str
        try:
            checker = registry.INSTRUCTION_DICT[case["instruction"]](case["instruction"])
            checker.build_description(**{name: value for name, value in case["kwargs"].items() if value})
            # As lm-eval's own loop has it: an empty response follows nothing.
            said = bool(case["response"].strip()) and bool(checker.check_following(case["response"]))
        except Exception as error:  # noqa: BLE001 - such as data of NLTK that is not there
            said = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        print(json.dumps(said), flush=True)


main()
