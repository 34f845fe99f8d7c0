"""Responses that follow an instruction of IFEval, just miss it, or have nothing to do with it; drawn from a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

ENGLISH = (
    "The harbour was quiet when the first boats came in.",
    "Nobody expected the rain to last for three whole days.",
    "It's a small town, but people there don't hurry.",
    "Bread needs flour, water, salt and a little patience.",
    "A well-known rule says that 3.5 metres is enough.",
    'She asked: "Why would anyone close the library?"',
    "The results were clear!",
    "Dr. Lane and Mrs. Poe arrived at 9 a.m. on Monday.",
    "Which of these roads leads to the river?",
    "In the end, every teacher agreed with the plan.",
    "Use the stairs, e.g. in case of fire.",
    "NASA and the EU signed the paper in 2019.",
    "The old clock, which had stopped years ago, began to tick.",
    "Wind moves the dunes, slowly but without pause.",
    "Prices rose by 12 percent while wages stayed the same.",
    "Most visitors come for the market and stay for the music.",
    "Some questions have no answer that fits on a page.",
    "Keep the lid closed until the steam has gone.",
)
OTHERS = {
    "de": "Der Hafen war still, als die ersten Boote kamen. Niemand dachte, dass der Regen drei Tage dauern würde.",
    "fr": "Le port était calme quand les premiers bateaux sont arrivés. Personne ne pensait que la pluie durerait.",
    "es": "El puerto estaba tranquilo cuando llegaron los primeros barcos. Nadie esperaba que la lluvia durara tanto.",
    "it": "Il porto era tranquillo quando arrivarono le prime barche. Nessuno pensava che la pioggia durasse così.",
    "pt": "O porto estava calmo quando os primeiros barcos chegaram. Ninguém esperava que a chuva durasse três dias.",
    "ru": "Гавань была тихой, когда пришли первые лодки. Никто не ожидал, что дождь будет идти целых три дня.",
    "hi": "जब पहली नावें आईं तो बंदरगाह शांत था। किसी ने नहीं सोचा था कि बारिश तीन दिन तक चलेगी।",
    "ko": "첫 번째 배가 들어왔을 때 항구는 조용했다. 아무도 비가 사흘이나 내릴 줄은 몰랐다.",
    "ar": "كان الميناء هادئا عندما وصلت القوارب الأولى. لم يتوقع أحد أن يستمر المطر ثلاثة أيام كاملة.",
    "vi": "Bến cảng yên tĩnh khi những chiếc thuyền đầu tiên cập bến. Không ai nghĩ rằng mưa sẽ kéo dài ba ngày.",
}
WORDS = ("harbour", "rain", "bread", "rule", "river", "clock", "market", "music", "plan", "steam", "age", "art")
FENCE = "```python\nfor x in xs:\n    print(x)  # - not an item\n```"


@dataclass(frozen=True, slots=True)
class Case:
    """One response to one instruction."""

    instruction: str
    kwargs: dict[str, Any]
    prompt: str
    response: str


def cases(each: int, seed: int = 7) -> list[Case]:
    """So many responses to each instruction."""
    made: list[Case] = []
    for name, draw in _DRAWS.items():
        rng = random.Random(f"{seed} {name}")
        for _ in range(each):
            kwargs, response = draw(rng)
            made.append(Case(name, kwargs, "Tell me about the harbour.", response))
    return made


def lines(made: list[Case]) -> Iterator[str]:
    """The cases as JSON lines."""
    return (json.dumps(asdict(case)) for case in made)


def _prose(rng: random.Random, least: int = 1, most: int = 9) -> str:
    return " ".join(rng.choice(ENGLISH) for _ in range(rng.randint(least, most)))


def _text(rng: random.Random) -> str:
    """A text with paragraphs, and now and then a heading, a list, a rule across the page or code."""
    blocks = []
    for _ in range(rng.randint(1, 5)):
        kind = rng.random()
        if kind < 0.7:
            blocks.append(_prose(rng, 1, 4))
        elif kind < 0.8:
            blocks.append(f"## {rng.choice(WORDS).title()}")
        elif kind < 0.9:
            blocks.append("\n".join(f"- {rng.choice(ENGLISH)}" for _ in range(rng.randint(1, 4))))
        else:
            blocks.append(rng.choice((FENCE, "---", "1. One\n2. Two", "**Note** and *this*.")))
    return "\n\n".join(blocks)


def _near(rng: random.Random, count: int) -> int:
    return max(1, count + rng.choice((-2, -1, 0, 0, 1, 2, 10)))


def _relation(rng: random.Random) -> str:
    return rng.choice(("at least", "less than"))


def _existence(rng: random.Random) -> tuple[dict[str, Any], str]:
    wanted, text = rng.sample(WORDS, 2), _text(rng)
    return {"keywords": wanted}, text + rng.choice(("", f" {wanted[0].upper()} and {wanted[1]}s.", f" {wanted[1]}"))


def _frequency(rng: random.Random) -> tuple[dict[str, Any], str]:
    word, count = rng.choice(WORDS), rng.randint(1, 4)
    text = _text(rng) + "".join(f" {rng.choice((word, word.title(), word + 's'))}," for _ in range(_near(rng, count)))
    return {"keyword": word, "frequency": count, "relation": _relation(rng)}, text


def _forbidden(rng: random.Random) -> tuple[dict[str, Any], str]:
    words = rng.sample(WORDS, 2)
    return {"forbidden_words": words}, _text(rng) + rng.choice(
        ("", f" {words[0]}s", f" ({words[1].upper()})", f" {words[0]}-like")
    )


def _letter(rng: random.Random) -> tuple[dict[str, Any], str]:
    text, letter = _text(rng), rng.choice("aeqxz!#")
    count = _near(rng, text.lower().count(letter))
    return {"letter": letter, "let_frequency": count, "let_relation": _relation(rng)}, text


def _language(rng: random.Random) -> tuple[dict[str, Any], str]:
    code = rng.choice([*OTHERS, "en"])
    said = rng.choice([code, code, rng.choice([*OTHERS])])
    text = OTHERS.get(said, _prose(rng, 2, 5))
    return {"language": code}, text + rng.choice(("", "\n\n" + FENCE, f" {text}"))


def _sentences(rng: random.Random) -> tuple[dict[str, Any], str]:
    count = rng.randint(1, 9)
    return {"num_sentences": _near(rng, count), "relation": _relation(rng)}, _prose(rng, count, count)


def _paragraphs(rng: random.Random) -> tuple[dict[str, Any], str]:
    count, gap = rng.randint(1, 5), rng.choice(("\n***\n", "\n\n***\n\n", " *** ", "***", "\n\n"))
    text = gap.join(_prose(rng, 1, 3) for _ in range(count))
    text += rng.choice(("", "", "\n\n***", "\n\n***\n\n***"))
    return {"num_paragraphs": rng.choice((count, count, count + 1))}, text


def _words(rng: random.Random) -> tuple[dict[str, Any], str]:
    text = _text(rng)
    return {"num_words": _near(rng, len(text.split())), "relation": _relation(rng)}, text


def _first_word(rng: random.Random) -> tuple[dict[str, Any], str]:
    count = rng.randint(2, 5)
    blocks = [_prose(rng, 1, 3) for _ in range(count)]
    nth, word = rng.randint(1, count), rng.choice(WORDS)
    if rng.random() < 0.7:
        blocks[nth - 1] = (
            rng.choice((word, word.title(), f'"{word}"', f"{word}s", f"{word}-like", word + ","))
            + " "
            + blocks[nth - 1]
        )
    gap = rng.choice(("\n\n", "\n\n", "\n\n", "\n", "\n\n\n\n"))
    kwargs = {"num_paragraphs": rng.choice((count, count, count + 1)), "nth_paragraph": nth, "first_word": word}
    return kwargs, gap.join(blocks)


def _placeholders(rng: random.Random) -> tuple[dict[str, Any], str]:
    count = rng.randint(1, 5)
    marks = "".join(
        f" {rng.choice(('[name]', '[date of birth]', '[]', '[a]', '[x[y]'))}" for _ in range(_near(rng, count))
    )
    return {"num_placeholders": count}, _text(rng) + marks + rng.choice(("", " [open", "\n[two\nlines]"))


def _postscript(rng: random.Random) -> tuple[dict[str, Any], str]:
    marker = rng.choice(("P.S.", "P.P.S"))
    ends = (
        "",
        "P.S. Write soon.",
        "P. S. Write soon.",
        "p.s. Write soon.",
        "P.P.S. Write.",
        "PS: Write.",
        "P.P.S Write.",
    )
    return {"postscript_marker": marker}, f"{_text(rng)}\n\n{rng.choice(ends)}".strip()


def _bullets(rng: random.Random) -> tuple[dict[str, Any], str]:
    count, mark = rng.randint(1, 6), rng.choice(("- ", "* ", "  - ", "* ", "- ", "-", "*", "+ "))
    items = "\n".join(mark + rng.choice(ENGLISH) for _ in range(count))
    more = rng.choice(("", "", "", "\n\n---", "\n\n**Bold** text.", f"\n\n{FENCE}", "\n\n*Leaning* text."))
    return {"num_bullets": rng.choice((count, count, count + 1))}, f"{_prose(rng, 1, 2)}\n{items}{more}"


def _fixed(rng: random.Random) -> tuple[dict[str, Any], str]:
    said = rng.choice(
        ("My answer is yes.", "My answer is no.", "My answer is maybe.", "My answer is Yes.", "Yes.", "my answer is no")
    )
    return {}, rng.choice((said, f"{_prose(rng)} {said}", f"{said}\n{_text(rng)}"))


def _highlights(rng: random.Random) -> tuple[dict[str, Any], str]:
    count = rng.randint(1, 5)
    kinds = ("*one*", "**two words**", "* *", "***three***", "*left open", "****", "*a\nb*")
    text = _prose(rng, 1, 3) + "".join(f" {rng.choice(kinds)} {rng.choice(WORDS)}" for _ in range(_near(rng, count)))
    return {"num_highlights": count}, text + rng.choice(("", "\n* an item\n* *another*"))


def _sections(rng: random.Random) -> tuple[dict[str, Any], str]:
    word, count = rng.choice(("Section", "SECTION", "Day", "PART")), rng.randint(1, 5)
    heads = [
        rng.choice((f"{word} {i}", f"{word}{i}", f"{word.lower()} {i}", f"{word} X"))
        for i in range(1, _near(rng, count) + 1)
    ]
    return {"section_spliter": word, "num_sections": count}, "\n".join(f"{head}\n{_prose(rng, 1, 2)}" for head in heads)


def _json(rng: random.Random) -> tuple[dict[str, Any], str]:
    value = json.dumps({rng.choice(WORDS): rng.randint(0, 9), "list": [1, 2.5, None]}, indent=rng.choice((None, 2)))
    forms = (
        value,
        f"```json\n{value}\n```",
        f"```\n{value}\n```",
        f"Here:\n```json\n{value}\n```",
        value[:-1],
        value.replace('"', "'"),
    )
    return {}, rng.choice((*forms, f"\n {value} \n", "[1, 2,]", "true", "NaN"))


def _title(rng: random.Random) -> tuple[dict[str, Any], str]:
    return {}, rng.choice(
        ("<<The harbour>>", "<<>>", "<< >>", "<The harbour>", "<<The\nharbour>>", "## <<A>>", "")
    ) + "\n" + _text(rng)


def _two(rng: random.Random) -> tuple[dict[str, Any], str]:
    one, other = _prose(rng, 1, 2), _prose(rng, 1, 2)
    forms = (
        f"{one}\n******\n{other}",
        f"{one}\n******\n{one}",
        f"{one}\n*****\n{other}",
        f"******\n{one}\n******\n{other}",
    )
    more = (f"{one}******{other}******", f"{one}\n******\n******\n{other}", f"{one} ****** {other} ****** {one}", one)
    return {}, rng.choice((*forms, *more))


def _repeat(rng: random.Random) -> tuple[dict[str, Any], str]:
    prompt = rng.choice(ENGLISH)
    starts = (prompt, prompt.upper(), f"\n{prompt}", prompt[:-1], f"Sure! {prompt}", f'"{prompt}"')
    return {"prompt_to_repeat": prompt}, f"{rng.choice(starts)}\n\n{_text(rng)}"


def _end(rng: random.Random) -> tuple[dict[str, Any], str]:
    phrase = rng.choice(("That is all.", "Any other questions?", "Hope it helps", "the end"))
    ends = (phrase, phrase.upper(), f'"{phrase}"', f"{phrase}\n", f"{phrase} Bye.", phrase[:-1], f"{phrase}*")
    return {"end_phrase": phrase}, f"{_text(rng)} {rng.choice(ends)}"


def _quotation(rng: random.Random) -> tuple[dict[str, Any], str]:
    text = _text(rng)
    return {}, rng.choice((f'"{text}"', f'"{text}', f'{text}"', f' "{text}"\n', f"“{text}”", f"'{text}'", text, '"'))


def _capital_words(rng: random.Random) -> tuple[dict[str, Any], str]:
    count = rng.randint(1, 6)
    text = _prose(rng) + "".join(f" {rng.choice(WORDS).upper()}" for _ in range(_near(rng, count)))
    return {"capital_frequency": count, "capital_relation": _relation(rng)}, text


def _upper(rng: random.Random) -> tuple[dict[str, Any], str]:
    text = rng.choice((_prose(rng, 2, 6), rng.choice([*OTHERS.values()])))
    return {}, rng.choice((text.upper(), text.upper(), text, text.upper() + " a"))


def _lower(rng: random.Random) -> tuple[dict[str, Any], str]:
    text = rng.choice((_prose(rng, 2, 6), rng.choice([*OTHERS.values()])))
    return {}, rng.choice((text.lower(), text.lower(), text, text.lower() + " I"))


def _commas(rng: random.Random) -> tuple[dict[str, Any], str]:
    text = _text(rng)
    return {}, rng.choice((text, text.replace(",", ""), text.replace(",", "") + " one, two", text.replace(",", "，")))


_DRAWS: dict[str, Callable[[random.Random], tuple[dict[str, Any], str]]] = {
    "keywords:existence": _existence,
    "keywords:frequency": _frequency,
    "keywords:forbidden_words": _forbidden,
    "keywords:letter_frequency": _letter,
    "language:response_language": _language,
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_words": _words,
    "length_constraints:nth_paragraph_first_word": _first_word,
    "detectable_content:number_placeholders": _placeholders,
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:constrained_response": _fixed,
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:json_format": _json,
    "detectable_format:title": _title,
    "combination:two_responses": _two,
    "combination:repeat_prompt": _repeat,
    "startend:end_checker": _end,
    "startend:quotation": _quotation,
    "change_case:capital_word_frequency": _capital_words,
    "change_case:english_capital": _upper,
    "change_case:english_lowercase": _lower,
    "punctuation:no_comma": _commas,
}
