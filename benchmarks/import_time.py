"""What `import judgekit` and its names cost, beside `import openai` and `import pydantic`.

    python benchmarks/import_time.py [REPEATS]

Each statement runs in fresh processes, interleaved; the figure is the median CPU time less that of an empty process.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

STATEMENTS = {
    "nothing": "pass",
    "judgekit": "import judgekit",
    "its nouns and Judge": "from judgekit import Judge, Rubric, Transcript, Verdict",
    "pydantic": "import pydantic; pydantic.BaseModel",
    "openai": "import openai",
}


def cpu_s(statement: str) -> float:
    """CPU seconds of a process that runs one statement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main(repeats: int = 7) -> None:
    rounds = [{name: cpu_s(statement) for name, statement in STATEMENTS.items()} for _ in range(repeats + 1)][1:]
    medians = {name: statistics.median(one[name] for one in rounds) for name in STATEMENTS}
    print(f"CPU seconds, median of {repeats}, an empty process subtracted; ratio to openai")
    for name in list(STATEMENTS)[1:]:
        own = medians[name] - medians["nothing"]
        print(f"{name:22} {own:6.3f}  {own / (medians['openai'] - medians['nothing']):5.2f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
