"""Quotes are found where they stand, whatever a judge does to their form, and nowhere else."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from judgekit.judging.evidence import Haystack, normal_form
from judgekit.judging.hidden import INVISIBLE, show_hidden
from judgekit.transcript import Transcript
from judgekit.verdict import Evidence
from tests.judging.made import PROMPT, quotable, transcript, turns


def found(quote: str, response: str, prompt: str = PROMPT) -> Evidence | None:
    given_by = transcript(response, prompt)
    return Haystack(given_by, [given_by.response_index]).find(quote)


# Each: what the response says, what the judge quotes, and the passage of the response that this is.
SAME = {
    "verbatim": ("It is safe, I think.", "is safe", "is safe"),
    "outer white space": ("It is safe.", "  is safe\n", "is safe"),
    "white space within": ("It is\n    safe.", "It is safe.", "It is\n    safe."),
    "no-break space": ("It is\u00a0safe.", "It is safe.", "It is\u00a0safe."),
    "ligature": ("a ﬁne idea", "a fine idea", "a ﬁne idea"),
    "full width": ("ＡＢＣ １２", "ABC 12", "ＡＢＣ １２"),
    "composed for decomposed": ("re\u0301sume\u0301", "résumé", "re\u0301sume\u0301"),
    "decomposed for composed": ("résumé here", "re\u0301sume\u0301", "résumé"),
    "Korean in syllables": ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    "half-width katakana": ("ｶﾞｽで", "ガスで", "ｶﾞｽで"),
    "marks in another order": ("q\u0323\u0307ed", "q\u0307\u0323ed", "q\u0323\u0307ed"),
    "curly quotation marks": ("He said “no”, didn’t he", 'said "no", didn\'t', "said “no”, didn’t"),
    "straight quotation marks": ('He said "no" to it', "said “no” to", 'said "no" to'),
    "double prime": ("a 5″ nail", 'a 5" nail', "a 5″ nail"),
    "acute as apostrophe": ("it´s fine", "it's fine", "it´s fine"),
    "backtick": ("call `f` now", "call 'f' now", "call `f` now"),
    "dash": ("yes — no", "yes - no", "yes — no"),
    "small em dash": ("yes ﹘ no", "yes - no", "yes ﹘ no"),
    "ellipsis": ("wait… what", "wait... what", "wait… what"),
    "JSON line end": ("one\ntwo", "one\\ntwo", "one\ntwo"),
    "JSON quotation mark": ('say "hi" now', 'say \\"hi\\" now', 'say "hi" now'),
    "JSON escape of a letter": ("naïve idea", "na\\u00efve idea", "naïve idea"),
    "JSON that is not whole": ('say "hi"\nnow', 'say "hi"\\nnow', 'say "hi"\nnow'),
    "backslash of its own": ("C:\\new\\table", "C:\\new\\table", "C:\\new\\table"),
    "hidden character as token": ("a\u200bbc", "a⟨U+200B⟩bc", "a\u200bbc"),
    "hidden character left out": ("pass\u200bword", "password", "pass\u200bword"),
    "line separator as token": ("one\u2028two", "one⟨U+2028⟩two", "one\u2028two"),
    "token in the response itself": ("type ⟨U+200B⟩  here", "type ⟨U+200B⟩ here", "type ⟨U+200B⟩  here"),
    "selector left out": ("I ❤\ufe0f it", "I ❤ it", "I ❤\ufe0f it"),
    "wrapped in quotation marks": ("It is safe.", '"It is safe."', "It is safe."),
    "wrapped in curly ones": ("It is safe.", "“It is safe.”", "It is safe."),
    "wrapped in ellipses": ("So it is safe to go.", "...it is safe…", "it is safe"),
    "ellipsis and quotation mark": ("So it is safe to go.", '"… it is safe ..."', "it is safe"),
    "whole message of one letter": ("B", "B", "B"),
    "whole message but for white space": (" No\n", "No", "No"),
    "three letters": ("Yes, that", "Yes", "Yes"),
    "a word that a longer one holds too": ("I disagree; you agree.", "agree", "agree"),
    "a word beside a dash": ("well-known", "known", "known"),
    "a word before an apostrophe": ("you don't", "don", "don"),
    "a part of a name in code": ("use word_count", "count", "count"),
    "several words, cut on both sides": ("I disagree with them", "agree with the", "agree with the"),
    "a part of a Chinese sentence": ("我不同意这个说法", "不同意", "不同意"),
    "a Korean noun before its particle": ("고양이는 잔다", "고양이", "고양이"),
    "an Arabic noun after its article": ("قرأت الكتاب", "كتاب", "كتاب"),
    "a Latin word in Chinese": ("我们用python写代码", "python", "python"),
}


@pytest.mark.parametrize(("response", "quote", "passage"), SAME.values(), ids=SAME.keys())
def test_a_quote_is_found_in_another_form(response: str, quote: str, passage: str) -> None:
    evidence = found(quote, response)
    assert evidence is not None
    assert evidence.quote == passage
    assert response[evidence.start : evidence.end] == passage
    assert evidence.message == 1


ELSE = {
    "absent": ("It is safe.", "It is risky."),
    "another case": ("It is safe.", "it IS safe"),
    "only in the prompt": ("Yes, do.", "best loop"),
    "two letters": ("Yes, that", "Ye"),
    "a letter and what is invisible": ("a\u200b\u200b\u200bb", "a\u200b\u200b"),
    "nothing but what is invisible": ("a\u200b\u200b\u200bb", "\u200b\u200b\u200b"),
    "one ellipsis": ("wait… what", "…"),
    "nothing": ("It is safe.", "   "),
    "only quotation marks": ("It is safe.", '""'),
    "a letter without its accent": ("a café", "a cafe"),
    "a syllable without its final": ("말한다", "말하"),
    "passages from two places": ("It is safe. It is not free.", "It is safe ... free"),
    "a token beyond Unicode": ("abc", "a⟨U+FFFFFF⟩z"),
    "the end of a word": ("I disagree.", "agree"),
    "the beginning of a word": ("an agreement", "agree"),
    "within a word": ("disagreement", "agree"),
    "within a word, with an accent": ("la résumée", "résumé"),
    "within a Greek word": ("διαφωνώ", "φωνώ"),
    "within a Cyrillic word": ("несогласен", "согласен"),
    "within a word that is parted by nothing visible": ("dis\u200bagree", "agree"),
    "within a word, in another form": ("disagree\u0301s", "agrées"),
    "within a number": ("in 20145 steps", "2014"),
    "a wrapped part of a word": ("I disagree.", "“agree”"),
}


@pytest.mark.parametrize(("response", "quote"), ELSE.values(), ids=ELSE.keys())
def test_what_is_not_there_is_not_found(response: str, quote: str) -> None:
    assert found(quote, response) is None


def test_a_letter_without_its_accent_is_found_where_it_has_none() -> None:
    evidence = found("a  cafe", "a café and a cafe")
    assert evidence is not None
    assert (evidence.start, evidence.quote) == (11, "a cafe")


def test_the_first_of_the_judged_turns_counts() -> None:
    talk = turns("Is it safe?", "It is safe.", "Sure?", "No, it is risky. It is safe.")
    last, every = Haystack(talk, [3]), Haystack(talk, [1, 3])
    assert last.find("It is safe.") == Evidence(quote="It is safe.", start=17, end=28, message=3)
    assert every.find("It is safe.") == Evidence(quote="It is safe.", start=0, end=11, message=1)
    assert every.find("it is risky") == Evidence(quote="it is risky", start=4, end=15, message=3)
    assert every.find("Is it safe?") is None


def may_cut_a_word(text: str, start: int, end: int) -> bool:
    """Whether a slice without white space in it has something on either side that may belong to its word."""
    passage = text[start:end].strip()
    if any(map(str.isspace, passage)):
        return False
    start += text[start:end].index(passage)
    before, after = text[:start][-1:], text[start + len(passage) :][:1]
    return not all(beside.isspace() or not beside for beside in (before, after))


Change = Callable[[str], str]
CHANGES: dict[str, Change] = {
    "none": lambda quote: quote,
    "line ends": lambda quote: quote.replace(" ", "\n"),
    "double spaces": lambda quote: quote.replace(" ", "  "),
    "one space": lambda quote: " ".join(quote.split()),
    "straight marks": lambda quote: quote.translate(str.maketrans("“”«»‘’`", '""""\'\'\'')),
    "curly marks": lambda quote: quote.translate(str.maketrans("\"'", "”’")),
    "dashes": lambda quote: quote.translate(str.maketrans("–—", "--")),
    "dots": lambda quote: quote.replace("…", "..."),
    "NFC": lambda quote: unicodedata.normalize("NFC", quote),
    "NFD": lambda quote: unicodedata.normalize("NFD", quote),
    "NFKC": lambda quote: unicodedata.normalize("NFKC", quote),
    "tokens": show_hidden,
    "JSON": lambda quote: json.dumps(quote)[1:-1],
    "wrapped": lambda quote: f"“{quote}”",
}


@st.composite
def slices(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> tuple[str, int, int]:
    """A text and the place of a slice of it with three visible characters or more."""
    text = transcript(draw(texts)).response
    start = draw(st.integers(0, max(0, len(text) - 3)))
    end = draw(st.integers(min(start + 3, len(text)), min(start + 80, len(text))))
    assume(len("".join(INVISIBLE.sub("", text[start:end].strip()).split())) >= 3)
    return text, start, end


@given(slices(quotable(3)), st.sampled_from(sorted(CHANGES)))
def test_any_slice_is_found_whatever_its_form(a_slice: tuple[str, int, int], change: str) -> None:
    text, start, end = a_slice
    passage, after = text[start:end], text[end : end + 1]
    # ¨ alone is a space with an accent in NFKC. And a letter parted from the accent that follows it is another letter.
    assume(not any(mark in text for mark in "¨¯´¸˘˙˚˛˜˝"))
    assume(not after or not unicodedata.combining(after))
    assume(not may_cut_a_word(text, start, end))
    changed = CHANGES[change](passage)
    assume(changed == passage or changed not in text)  # else what was said stands there word for word
    evidence = found(changed, text)
    assert evidence is not None
    assert text[evidence.start : evidence.end] == evidence.quote
    # The place may leave out quotation marks and dots at the ends of the slice: they look like a judge's own,
    # or hold those of the text that stand around it.
    assert normal_form(evidence.quote).strip("\"'.") in normal_form(passage)
    assert normal_form(passage).strip("\"'. ") in normal_form(evidence.quote)


@given(slices(st.text(min_size=3, max_size=60)))
def test_any_slice_of_any_text_is_found_verbatim(a_slice: tuple[str, int, int]) -> None:
    text, start, end = a_slice
    evidence = found(text[start:end], text)
    if evidence is None:
        assert may_cut_a_word(text, start, end)
    else:
        assert evidence.quote == text[start:end].strip()


@given(slices(quotable(3, 60)), st.integers(0, 80), st.sampled_from('x7.’ \u200b\n"—'))
def test_what_is_found_normalises_to_the_quote(a_slice: tuple[str, int, int], place: int, added: str) -> None:
    text, start, end = a_slice
    quote = text[start:end]
    quote = quote[:place] + added + quote[place:]
    assume("\\" not in quote)
    evidence = found(quote, text)
    if added in "x7" and added not in text:
        assert evidence is None
    elif evidence is not None:
        assert normal_form(evidence.quote).strip("\"'. ") == normal_form(quote).strip("\"'. ")


MEGABYTE = 1_000_000
LONG = {
    "one letter": "a" * MEGABYTE,
    "words": "word wörd " * (MEGABYTE // 11),
    "Chinese": "中文字" * (MEGABYTE // 9),
    "accents": "é" * (MEGABYTE // 2),
    "accents apart": "e\u0301" * (MEGABYTE // 3),
    "marks without end": "e" + "\u0301" * (MEGABYTE // 2),
    "short words": "a b " * (MEGABYTE // 4),
    "white space": " " * (MEGABYTE - 1) + "x",
    "zero width": "\u200b" * (MEGABYTE // 3),
    "ellipses": "…" * (MEGABYTE // 3),
    "quotation marks": "x" + '"' * MEGABYTE + "y",
    "backslashes": "\\" * MEGABYTE,
    "words with what is sought in them": "thisx " * (MEGABYTE // 6),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_a_megabyte_takes_less_than_a_second(text: str) -> None:
    given_by = Transcript.from_text(PROMPT, text)
    started = time.process_time()
    haystack = Haystack(given_by, [1])
    assert haystack.find("“this is not there”") is None
    assert haystack.find("this") is None
    assert haystack.find(text + "not there") is None
    assert time.process_time() - started < 1.0
