"""Safe YAML: what is read, what is refused, and on which line the refusal points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io.yaml_file import MAX_BYTES, load_yaml, read_yaml
from judgekit.io.yaml_nodes import FileError, show
from judgekit.noun import canonical


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


BAD: list[tuple[str, str | bytes, int, tuple[str, ...]]] = [
    # name, file, line, words that the message has to hold
    ("empty", "", 1, ("empty", "judgekit: rubric/1")),
    ("only comments", "# nothing\n\n", 1, ("empty",)),
    ("only a marker", "---\n", 1, ("empty",)),
    ("null", "~\n", 1, ("empty",)),
    ("list", "- a\n- b\n", 1, ("keys at the top level", "came a list")),
    ("text", "\nhello\n", 2, ("keys at the top level", "came `hello`")),
    ("utf-16", "a: 1\n".encode("utf-16"), 1, ("UTF-16", "save the file as UTF-8")),
    ("latin-1", b"a: 1\nb: caf\xe9\n", 2, ("0xe9", "UTF-8")),
    ("latin-1 behind a byte order mark", b"\xef\xbb\xbfa: 1\nb: caf\xe9\n", 2, ("0xe9", "UTF-8")),
    ("control character", "a: 1\nb: \x07\n", 2, ("control character U+0007", "remove it")),
    ("null byte", b"a: 1\nb: 2\nc: \x00", 3, ("control character U+0000",)),
    ("two documents", "a: 1\n---\nb: 2\n", 2, ("second document", "file of its own")),
    ("tab", "a:\n\tb: 1\n", 2, ("tab", "use spaces")),
    ("tab after spaces", "a:\n  b: 1\n  \tc: 1\n", 3, ("tab", "use spaces")),
    ("colon in a text", "a: 1\nask: Is this: that?\n", 2, ("colon", "quotes")),
    ("at sign", "a: @home\n", 1, ("begins with @", "quotes")),
    ("backquote", "a: 1\nb: `code`\n", 2, ("begins with `", "quotes")),
    ("open quote", 'a: 1\nb: "open\nc: 1\n', 2, ("not closed",)),
    ("open bracket", "a: [1, 2\nb: 3\n", 2, ("not YAML", "bracket")),
    ("quote inside quotes", 'a: "say "yes""\n', 1, ("not YAML", "quotation mark")),
    ("template expression", "a: 1\nb: {{ claim }}\n", 2, ("template syntax such as {{", "quotes")),
    ("template statement", "a: 1\nb: {% if x %}\n", 2, ("template syntax", "quotes")),
    ("a list as a key", "a: 1\n? [x]\n: 2\n", 2, ("a key has to be a text",)),
    ("python tag", "a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, ("tag", "plain value")),
    ("own tag", "a: !thing 1\n", 1, ("!thing", "plain value")),
    ("int tag", "a: !!int '3'\n", 1, ("tag", "plain value")),
    ("merge key", "a: &x {b: 1}\nc:\n  <<: *x\n", 3, ("<<", "write the keys out")),
    ("unknown alias", "a: 1\nb: *nowhere\n", 2, ("*nowhere", "anchor")),
    ("endless alias", "a: &x\n  b: *x\n", 2, ("*x", "anchor")),
    ("duplicate key", "a: 1\nb: 2\na: 3\n", 3, ("a:", "stands twice", "line 1")),
    ("duplicate key inside", "x:\n  - b: 1\n    b: 2\n", 3, ("x[0].b", "stands twice", "line 2")),
    ("duplicate number and text", 'l:\n  5: a\n  "5": b\n', 3, ("l.5", "stands twice", "line 2")),
    ("no", "a: 1\nanswers: no\n", 2, ("answers", "`no` without quotes is false", 'write "no"')),
    ("No in a list", "answers: [x, No]\n", 1, ("answers[1]", "`No` without quotes is false", 'write "No"')),
    ("YES", "a:\n  - YES\n", 2, ("a[0]", "`YES` without quotes is true", 'write "YES"')),
    ("on", "a: on\n", 1, ("`on` without quotes is true", 'write "on"')),
    ("Off", "a: Off\n", 1, ("`Off` without quotes is false", 'write "Off"')),
    ("key NO", "countries:\n  SE: 1\n  NO: 2\n", 3, ("countries", "`NO` without quotes is false", 'write "NO"')),
    ("key true", "a: 1\ntrue: 2\n", 2, ("a key has to be a text", "`true` without quotes is true")),
    ("key null", "a:\n  ~: 2\n", 2, ("a key has to be a text", "nothing")),
    ("key float", "a:\n  1.5: 2\n", 2, ("a key has to be a text", "the number 1.5", '"1.5"')),
    ("sexagesimal", "a: 1\ntime: 1:30\n", 2, ("time", "`1:30`", "the number 90", 'put quotes around it: "1:30"')),
    # (1 × 60 + 30) × 60 + 15.5 = 5415.5
    ("sexagesimal fraction", "t: 1:30:15.5\n", 1, ("`1:30:15.5`", "the number 5415.5")),
    ("date", "a: 1\nd: 2024-01-31\n", 2, ("`2024-01-31`", "a date", "put quotes around it")),
    ("time stamp", "d: 2024-01-31 10:00:00\n", 1, ("a date",)),
    ("base 8", "id: 0123\n", 1, ("`0123`", "base 8", '"0123"')),
    ("infinity", "a: .inf\n", 1, ("`.inf`", "not a number")),
    ("overflow", "a: 1.0e+999\n", 1, ("not a number",)),
    ("nan", "a: .nan\n", 1, ("`.nan`", "not a number")),
    ("beyond 64 bits", f"a: {2**63}\n", 1, ("not a number", "quotes")),
    ("thousands of digits", f"a: {'9' * 9000}\n", 1, ("not a number", "…")),
    ("hexadecimal of nothing", "a: 0x_\n", 1, ("not a number",)),
    ("deep", "a: " + "[" * 100 + "]" * 100 + "\n", 1, ("nested more than 40 deep",)),
    ("deep, never closed", "a: " + "[" * 100_000, 1, ("nested more than 40 deep",)),
    ("escape", 'a: 1\npattern: "\\d+"\n', 2, ("escape", "backslash", "single quotes")),
    ("half a character", 'a: "\\ud800"\n', 1, ("escape",)),
    ("behind a line separator", "a: x\u2028  y\x85  z\nb: no\n", 2, ("b:", "`no`")),
    ("behind the ends of lines of another system", "a: 1\r\nb: 2\r\nc: no\r\n", 3, ("c:", "`no`")),
    ("broken behind a line separator", "a: x\u2028  y\nb: [\n", 3, ("not YAML",)),
    ("format 3", "%YAML 3.0\n--- {a: 1}\n", 1, ("not YAML",)),
]


@pytest.mark.parametrize(("text", "line", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_file_is_one_line_with_its_place_and_the_cure(
    tmp_path: Path, text: str | bytes, line: int, words: tuple[str, ...]
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(FileError) as caught:
        load_yaml(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert caught.value.problem.line == line
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_billion_laughs_are_refused_at_once(tmp_path: Path) -> None:
    # Ten levels of ten: 10^10 values if it were written out.
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 11)]
    # a1 repeats ten times a0, which weighs 1 + 10 × (1 + 2) + ten places of one digit = 41 characters and values; each
    # level weighs about ten times the one below. Repeated: 410 by a1, 4,210 by a2, 42,210 by a3, 422,210 by a4, 469,040
    # in all; a5, on line 6, adds 422,221 an alias: the second one passes 10^6.
    with pytest.raises(FileError, match=r":6: a5\[1\]: aliases repeat more than 1,000,000 characters"):
        load_yaml(write(tmp_path, "\n".join(lines)))


def test_a_few_aliases_are_fine(tmp_path: Path) -> None:
    file = load_yaml(write(tmp_path, "a: &x {k: [1, 2]}\nb: *x\n"))
    assert file.data == {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}}
    assert file.line_of(("b",)) == 2


def test_a_file_that_is_too_large_says_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse: takes no room
    with pytest.raises(UserError, match="larger than 32 MB"):
        load_yaml(path)


@pytest.mark.parametrize(
    ("name", "words"),
    [("nowhere.yaml", "there is no such file"), (".", "is a folder"), ("a\0b.yaml", "cannot be read")],
)
def test_a_file_that_cannot_be_opened(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        load_yaml(f"{tmp_path}/{name}")
    assert not isinstance(caught.value, FileError)


def test_plain_values_come_as_they_look(tmp_path: Path) -> None:
    text = """\ufeffs: plain
q: "no"
e: ''
i: 12
neg: -3
hex: 0x1F
thousand: 1_000
f: 1.5
t: true
f2: False
n: null
void:
levels: {5: best, 1: worst}
tagged: !!str 5
eq: =
folded: >
  one
  two
"""
    assert load_yaml(write(tmp_path, text)).data == {
        "s": "plain",
        "q": "no",
        "e": "",
        "i": 12,
        "neg": -3,
        "hex": 31,
        "thousand": 1000,
        "f": 1.5,
        "t": True,
        "f2": False,
        "n": None,
        "void": None,
        "levels": {5: "best", 1: "worst"},
        "tagged": "5",
        "eq": "=",
        "folded": "one two\n",
    }


def test_every_key_has_its_line(tmp_path: Path) -> None:
    file = load_yaml(
        write(
            tmp_path,
            """# a comment
a: 1

b:
  - id: x
    ask: >
      long
      text
  - {id: y,
     ask: z}
""",
        )
    )
    lines = {("a",): 2, ("b",): 4, ("b", 0): 5, ("b", 0, "ask"): 6, ("b", 1): 9, ("b", 1, "id"): 9, ("b", 1, "ask"): 10}
    assert {loc: file.line_of(loc) for loc in lines} == lines
    # What is not there points to the nearest thing around it.
    assert file.line_of(("b", 1, "points", "float")) == 9
    assert file.line_of(()) == 2
    assert [show(loc) for loc, _ in file.scalars()] == ["a", "b[0].id", "b[0].ask", "b[1].id", "b[1].ask"]


def test_all_misleading_values_are_listed(tmp_path: Path) -> None:
    file = read_yaml(write(tmp_path, "c: 1:30\na: no\nb: [yes, 2024-01-01]\n"))
    assert [(p.line, p.key) for p in file.problems] == [(1, "c"), (2, "a"), (3, "b[0]"), (3, "b[1]")]
    with pytest.raises(FileError, match=r":1: c: .* \(and 3 more\)$"):
        load_yaml(file.path)


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_a_user_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    check_total(tmp_path_factory, raw)


YAMLISH = st.lists(
    st.sampled_from(
        [
            *("a", "no", "1:30", "08", "1.5", "'", '"', ": ", "- ", "\n", "\n  ", "\t", "[", "]", "{", "}", ",", "?"),
            *("&x ", "*x", "!!int ", "!", "|\n", ">\n", "---\n", "...\n", "#", "%YAML 1.1\n", "<<: ", "~", "\\ud800"),
            *("\u2028", "\x85", "\r", "é", "{{", "{%", "0x", "1_", "-", ".", "e+3", "\ufeff", "2001-1-1"),
        ]
    ),
    max_size=30,
)


@settings(deadline=None)  # the machine may be busy
@given(YAMLISH)
def test_any_pieces_of_yaml_load_or_are_a_user_error(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str]
) -> None:
    check_total(tmp_path_factory, "".join(pieces).encode())


def check_total(factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = write(factory.getbasetemp(), raw)
    try:
        data = load_yaml(path).data
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(data, dict)
        canonical(data)  # whatever loads can be stored as JSON


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    # What YAML itself can carry as text.
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdefgh", min_size=1), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.text("abcdefgh", min_size=1), PLAIN, max_size=4).filter(bool))
def test_what_is_dumped_is_loaded_again(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> None:
    path = write(tmp_path_factory.getbasetemp(), yaml.safe_dump(data, allow_unicode=True))
    assert load_yaml(path).data == data
