"""Characters that only a model sees: which they are, and how they are shown."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from judgekit.judging.hidden import HIDDEN, INVISIBLE, TOKEN, has_hidden, show_hidden

HIDDEN_TEXTS = {
    "zero width space": ("a\u200bb", "a⟨U+200B⟩b"),
    "soft hyphen": ("co\u00adop", "co⟨U+00AD⟩op"),
    "right-to-left override": ("a\u202eb", "a⟨U+202E⟩b"),
    "NUL": ("a\x00b", "a⟨U+0000⟩b"),
    "escape": ("\x1b[31m", "⟨U+001B⟩[31m"),
    "delete": ("a\x7f", "a⟨U+007F⟩"),
    "C1 control": ("a\x85b", "a⟨U+0085⟩b"),
    "line separator": ("a\u2028b", "a⟨U+2028⟩b"),
    "byte order mark": ("\ufeffa", "⟨U+FEFF⟩a"),
    "tag letter": ("a\U000e0041", "a⟨U+E0041⟩"),
    "combining grapheme joiner": ("a\u034fb", "a⟨U+034F⟩b"),
    "Hangul filler": ("a\u3164b", "a⟨U+3164⟩b"),
    "Khmer vowel that is never drawn": ("a\u17b4b", "a⟨U+17B4⟩b"),
    "invisible times": ("a\u2062b", "a⟨U+2062⟩b"),
    "joiner after ASCII": ("a\u200dé", "a⟨U+200D⟩é"),
    "joiner before ASCII": ("é\u200da", "é⟨U+200D⟩a"),
    "joiner at the start": ("\u200dé", "⟨U+200D⟩é"),
    "joiner at the end": ("é\u200d", "é⟨U+200D⟩"),
    # Two joiners spell a bit each; a run of them spells a sentence.
    "run of joiners": ("é\u200c\u200d\u200cé", "é⟨U+200C⟩⟨U+200D⟩⟨U+200C⟩é"),
    "selector after a letter": ("a\ufe01b", "a⟨U+FE01⟩b"),
    "selector at the start": ("\ufe0fa", "⟨U+FE0F⟩a"),
    "second of two selectors": ("❤\ufe0f\ufe00", "❤\ufe0f⟨U+FE00⟩"),
    "selector of the supplement": ("a\U000e0101", "a⟨U+E0101⟩"),
}
ORDINARY_TEXTS = {
    "ASCII with its white space": "a b\tc\nd\r\n",
    "family of emoji": "👩\u200d👧",
    "heart with a selector": "I ❤\ufe0f it",
    "heart on fire": "❤\ufe0f\u200d🔥",
    "keycap": "press 1\ufe0f\u20e3 or #\ufe0f\u20e3",
    "Persian with a non-joiner": "می\u200cخواهم",
    "Devanagari with a joiner": "क्\u200dष",
    "combining accent": "e\u0301",
    "no-break space": "10\u00a0%",
    "typographic": "“It’s” — fine…",
}


@pytest.mark.parametrize(("text", "shown"), HIDDEN_TEXTS.values(), ids=HIDDEN_TEXTS.keys())
def test_hidden_characters_are_flagged_and_shown_as_tokens(text: str, shown: str) -> None:
    assert has_hidden(text)
    assert show_hidden(text) == shown


@pytest.mark.parametrize("text", ORDINARY_TEXTS.values(), ids=ORDINARY_TEXTS.keys())
def test_ordinary_writing_is_left_alone(text: str) -> None:
    assert not has_hidden(text)
    assert show_hidden(text) == text


def test_every_control_and_format_character_is_hidden_between_letters() -> None:
    # Unicode gives these categories to what has no shape; number signs and subtending marks of Arabic, Syriac, Kaithi
    # and hieroglyph joiners are drawn, though their category is Cf.
    drawn = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}
    shapeless = {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp") and chr(code) not in "\t\n\r"
    }
    shown = {code for code in shapeless if not has_hidden(f"a{chr(code)}b")}
    assert shown == shapeless & drawn


@given(st.text(max_size=60))
def test_what_is_shown_hides_nothing(text: str) -> None:
    assert not has_hidden(show_hidden(text))


@given(st.text(st.sampled_from("aé❤👩 \u200b\u200c\u200d\ufe0f\ufe00\x00\U000e0041⟨U+200B⟩"), max_size=30))
def test_tokens_give_the_characters_back(text: str) -> None:
    assume(not TOKEN.search(text))  # else the text spells a token itself
    assert TOKEN.sub(lambda match: chr(int(match[1], 16)), show_hidden(text)) == text


@given(st.characters())
def test_whatever_is_hidden_is_invisible(character: str) -> None:
    assert INVISIBLE.search(character) or not HIDDEN.search(character)
