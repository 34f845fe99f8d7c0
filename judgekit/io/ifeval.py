"""Instructions of IFEval and IFBench as constraints: an id with its arguments, and the checks that decide it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from judgekit.errors import UserError
from judgekit.io.demands import ready
from judgekit.io.demands.ready import FIXED_ANSWERS, Way
from judgekit.io.unused import unused
from judgekit.question import Constraint

Arguments = Mapping[str, Any]
_RELATIONS = ("at least", "less than")
_LANGUAGES: Mapping[str, str] = MappingProxyType({"zh-cn": "zh", "zh-tw": "zh"})


def ifeval_ids() -> tuple[str, ...]:
    """The instruction ids that are known, sorted."""
    return tuple(sorted(_WAYS))


def ifbench_ids() -> tuple[str, ...]:
    """The instruction ids of IFBench that a check decides, sorted."""
    return tuple(sorted(_IFBENCH))


def ifeval_ways(instruction: str, arguments: Arguments) -> tuple[Way, ...]:
    """The checks that decide an instruction; it is followed if all of them pass.

    Args:
        instruction: the id, such as `punctuation:no_comma`.
        arguments: its `kwargs`; those that are None count as absent.

    Raises:
        UserError: the id is not known, or an argument is missing or wrong.

    >>> ifeval_ways("length_constraints:number_words", {"relation": "at least", "num_words": 300})
    (Way(check='word_count', params={'at_least': 300}, ask=''),)
    """
    build = _WAYS.get(instruction) or _IFBENCH.get(instruction)
    if build is None:
        raise UserError(f"instruction {instruction!r} is not known; there are: {', '.join(ifeval_ids())}")
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        return tuple(way for way in build(given) if way is not None)
    except (KeyError, TypeError, ValueError) as error:
        why = f"the argument {error} is missing" if isinstance(error, KeyError) else str(error)
        raise UserError(f"instruction {instruction}: {why}; came {given!r}") from None


def ifeval_constraints(
    instructions: Sequence[str], arguments: Sequence[Arguments], *, prompt: str
) -> tuple[Constraint, ...]:
    """The constraints of one row of IFEval: `instruction_id_list` and `kwargs`.

    An instruction that takes two checks becomes two constraints. The words that made it are not told apart in a row,
    so the quote is the whole prompt.

    Raises:
        UserError: as `ifeval_ways`, or there are not as many arguments as instructions.

    >>> [(c.id, c.check) for c in ifeval_constraints(["punctuation:no_comma"], [{}], prompt="Use no commas.")]
    [('no_comma', 'contains')]
    """
    if len(instructions) != len(arguments):
        raise UserError(f"wanted as many kwargs as instructions; came {len(arguments)} for {len(instructions)}")
    found: list[Constraint] = []
    taken: set[str] = set()
    for instruction, given in zip(instructions, arguments, strict=True):
        for way in ifeval_ways(instruction, given):
            taken.add(name := unused(instruction.partition(":")[2], taken))
            found.append(Constraint(id=name, quote=prompt, check=way.check, with_=way.params))
    return tuple(found)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 0:
        raise ValueError(f"a whole number was wanted; came {value!r}")
    return int(value)


def _some(value: object) -> int:
    if (count := _count(value)) < 1:
        raise ValueError("a number from 1 on was wanted; came 0")
    return count


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"a text was wanted; came {value!r}")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise ValueError(f"a list of texts was wanted; came {value!r}")
    return [_text(one) for one in value]


def _relation(value: object) -> str:
    if value not in _RELATIONS:
        raise ValueError(f"the relation is 'at least' or 'less than'; came {value!r}")
    return str(value)


def _counted(check: str, name: str) -> Callable[[Arguments], Iterable[Way | None]]:
    return lambda a: [ready.bounded(check, _relation(a["relation"]), _count(a[name]))]


def _case(case: str) -> Callable[[Arguments], Iterable[Way | None]]:
    return lambda _: [Way("letter_case", {"case": case}), Way("language", {"code": "en"})]


def _language(a: Arguments) -> Iterable[Way]:
    code = _text(a["language"])
    return [Way("language", {"code": _LANGUAGES.get(code.lower(), code)})]


def _first_word(a: Arguments) -> Iterable[Way]:
    return ready.first_word(_some(a["nth_paragraph"]), _some(a["num_paragraphs"]), _text(a["first_word"]))


def _end(a: Arguments) -> Iterable[Way]:
    phrase = _text(a["end_phrase"]).strip()
    return [Way("ends_with", {"text": [phrase, phrase + '"'], "ignore_case": True})]


def _letters(a: Arguments) -> Iterable[Way]:
    letter = re.escape(_text(a["letter"]))
    return [ready.occurring(letter, _relation(a["let_relation"]), _count(a["let_frequency"]), ignore_case=True)]


_WAYS: Mapping[str, Callable[[Arguments], Iterable[Way | None]]] = MappingProxyType(
    {
        "keywords:existence": lambda a: [ready.all_of(_texts(a["keywords"]))],
        "keywords:frequency": lambda a: [
            ready.keyword(_text(a["keyword"]), _relation(a["relation"]), _count(a["frequency"]))
        ],
        "keywords:forbidden_words": lambda a: [ready.none_of(_texts(a["forbidden_words"]))],
        "keywords:letter_frequency": _letters,
        "language:response_language": _language,
        "length_constraints:number_sentences": _counted("sentence_count", "num_sentences"),
        "length_constraints:number_paragraphs": lambda a: [ready.divided(_some(a["num_paragraphs"]))],
        "length_constraints:number_words": _counted("word_count", "num_words"),
        "length_constraints:nth_paragraph_first_word": _first_word,
        "detectable_content:number_placeholders": lambda a: [ready.placeholders(_count(a["num_placeholders"]))],
        "detectable_content:postscript": lambda a: [ready.postscript(_text(a["postscript_marker"]))],
        "detectable_format:number_bullet_lists": lambda a: [
            ready.bounded("bullet_count", "exactly", _count(a["num_bullets"]))
        ],
        "detectable_format:constrained_response": lambda _: [Way("contains", {"any": list(FIXED_ANSWERS)})],
        "detectable_format:number_highlighted_sections": lambda a: [ready.highlights(_count(a["num_highlights"]))],
        "detectable_format:multiple_sections": lambda a: [
            ready.sections(_text(a["section_spliter"]), _count(a["num_sections"]))
        ],
        "detectable_format:json_format": lambda _: [ready.json_text()],
        "detectable_format:title": lambda _: [ready.angle_title()],
        "combination:two_responses": lambda _: [ready.two_answers()],
        "combination:repeat_prompt": lambda a: [ready.begins(_text(a["prompt_to_repeat"]).strip())],
        "startend:end_checker": _end,
        "startend:quotation": lambda _: [ready.quoted_whole()],
        "change_case:capital_word_frequency": lambda a: [
            ready.capital_words(_relation(a["capital_relation"]), _count(a["capital_frequency"]))
        ],
        "change_case:english_capital": _case("upper"),
        "change_case:english_lowercase": _case("lower"),
        "punctuation:no_comma": lambda _: [ready.no_commas()],
    }
)
_IFBENCH: Mapping[str, Callable[[Arguments], Iterable[Way | None]]] = MappingProxyType(
    {
        "count:word_count_range": lambda a: [
            Way("word_count", {"at_least": _count(a["min_words"]), "at_most": _count(a["max_words"])})
        ],
    }
)
"""The other 57 ask for syllables, rhymes, parts of speech and the like: no check of ours decides them."""
