"""Files read from a place on, and then what stands before it: the same transcripts as in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io import load_transcripts
from judgekit.io.build import Builder
from judgekit.io.notes import Ids

Row = dict[str, Any]


def rows(n: int) -> list[Row]:
    """Every fifth row repeats the id of the row before."""
    return [
        {"question_id": f"q{i - (i % 5 == 4)}", "label": "m", "prompt": f"Why {i}?", "response": f"Since {i}."}
        for i in range(n)
    ]


def jsonl(path: Path, some: Sequence[Row]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in some))


def array(path: Path, some: Sequence[Row]) -> None:
    path.write_text(json.dumps(some, indent=1))


def table(path: Path, some: Sequence[Row]) -> None:
    lines = [",".join(some[0]), *(",".join(row.values()) for row in some)]
    path.write_text("\n".join(lines) + "\n")


def parquet(path: Path, some: Sequence[Row]) -> None:
    pa = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(pa.Table.from_pylist(some), path, row_group_size=7)


def native(path: Path, some: Sequence[Row]) -> None:
    with path.open("wb") as out:
        for row in some:
            turns = [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["response"]}]
            line = {"question_id": row["question_id"], "label": row["label"], "messages": turns}
            out.write(json.dumps(line).encode() + b"\n")


FORMS = [jsonl, array, table, parquet, native]


@pytest.mark.parametrize("write", FORMS, ids=[one.__name__ for one in FORMS])
@pytest.mark.parametrize("place", [0, 1, 6, 29, 30, 31, 60, 99])
def test_every_form(tmp_path: Path, write: Callable[[Path, Sequence[Row]], None], place: int) -> None:
    some = rows(60)
    write(tmp_path / "a", some[:30])
    write(tmp_path / "b", some[30:])
    file = load_transcripts([tmp_path / "a", tmp_path / "b"])
    in_order = list(file)
    warnings = list(file.warnings)
    assert len({one.id for one in in_order}) == 60
    assert warnings  # of the repeated ids

    found = list(file.beginning_at(place))
    begin = place if place < 60 else 0
    assert [number for number, _ in found] == [*range(begin, 60), *range(begin)]
    assert [one for _, one in sorted(found, key=lambda pair: pair[0])] == in_order
    assert sorted(file.warnings) == sorted(warnings)


@pytest.mark.parametrize(("place", "limit", "wanted"), [(0, 3, "012"), (1, 3, "120"), (3, 3, "012"), (7, 3, "012")])
def test_a_limit_is_one_of_the_whole(tmp_path: Path, place: int, limit: int, wanted: str) -> None:
    jsonl(tmp_path / "a", rows(10))
    found = load_transcripts(tmp_path / "a").beginning_at(place, limit)
    assert [number for number, _ in found] == [int(sign) for sign in wanted]


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_a_bad_row_that_is_left_out_takes_no_id_and_no_number(tmp_path: Path, place: int) -> None:
    # The second row cannot be read, though it has an id, and the fourth is no JSON.
    good = rows(3)
    bad = {"question_id": "q2", "label": "m", "prompt": "Why?"}
    lines = [json.dumps(good[0]), json.dumps(bad), json.dumps(good[1]), "{", json.dumps(good[2])]
    (tmp_path / "a").write_text("\n".join(lines))
    file = load_transcripts(tmp_path / "a", skip_bad=True)
    found = list(file.beginning_at(place))
    assert sorted((number, one.id) for number, one in found) == [(0, "q0/m"), (1, "q1/m"), (2, "q2/m")]
    assert file.skipped == 2


@pytest.mark.parametrize(("place", "last"), [(0, [0]), (1, []), (2, [0]), (5, [0])])
def test_a_bad_row_is_an_error_when_it_is_reached(tmp_path: Path, place: int, last: list[int]) -> None:
    (tmp_path / "a").write_text("".join(json.dumps(row) + "\n" for row in [*rows(1), {"prompt": 3}, *rows(9)[1:]]))
    found = []
    with pytest.raises(UserError, match="a, line 2"):
        for number, _ in load_transcripts(tmp_path / "a").beginning_at(place):
            found.append(number)
    assert found[-1:] == last


def test_a_mapped_column_that_is_only_in_one_part_was_seen(tmp_path: Path) -> None:
    some = [{**row, "who": "x"} if i == 8 else row for i, row in enumerate(rows(10))]
    jsonl(tmp_path / "a", some)
    file = load_transcripts(tmp_path / "a", mapping={"title": "who", "reference": "nowhere"})
    for place in (0, 4):
        assert len(list(file.beginning_at(place))) == 10
        assert [w for w in file.warnings if "no row has" in w] == [
            f"{tmp_path / 'a'}: no row has 'nowhere', mapped as the reference"
        ]


@pytest.mark.parametrize("skip_bad", [False, True])
def test_a_count_without_reading_in_full(tmp_path: Path, skip_bad: bool) -> None:
    jsonl(tmp_path / "a", rows(10))
    native(tmp_path / "b", rows(5))
    file = load_transcripts([tmp_path / "a", tmp_path / "b"], skip_bad=skip_bad)
    assert (file.count(), file.count(limit=12), file.count(limit=3)) == (15, 12, 3)


def test_a_count_of_a_file_that_has_gone(tmp_path: Path) -> None:
    jsonl(tmp_path / "a", rows(10))
    file = load_transcripts(tmp_path / "a")
    (tmp_path / "a").unlink()
    with pytest.raises(UserError, match="a: cannot be read"):
        file.count()


# Ids


texts = st.one_of(st.none(), st.text(max_size=4), st.integers(-3, 3), st.floats(allow_nan=False), st.just("\ud800"))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "id": texts,
            "question_id": texts,
            "label": texts,
            "prompt": st.text(max_size=4),
            "response": st.text(max_size=4),
            "messages": st.just([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]),
            "other": st.text(max_size=2),
        },
    ),
    st.sampled_from([{}, {"label": "other"}, {"id": "other"}, {"prompt": "other"}]),
)
def test_the_id_is_known_without_building_the_transcript(record: Row, mapping: dict[str, str]) -> None:
    try:
        built = Builder(mapping).build(record)
    except ValueError:
        return
    assert Builder(mapping).identity(record) == built.id


@given(st.lists(st.sampled_from(["a", "a#2", "b", "a#2#2", "c"]), max_size=40))
def test_ids_are_unique_and_the_first_keeps_its_own(names: list[str]) -> None:
    ids = Ids()
    given_out = [ids.free(name) for name in names]
    assert len(set(given_out)) == len(names)
    for name in set(names):
        assert all(one.startswith(name) for one, wanted in zip(given_out, names, strict=True) if wanted == name)


def test_many_ids_are_all_remembered() -> None:
    ids = Ids()
    assert [ids.free(str(i)) for i in range(5000)] == [str(i) for i in range(5000)]
    assert [ids.free(str(i)) for i in range(5000)] == [f"{i}#2" for i in range(5000)]
