"""Labels are durable, undone and shared as promised, and nobody's file is ever written over."""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from judgekit.errors import JudgeError, UserError
from judgekit.io.labels import load_labels
from judgekit.labelling.state import LabelState, annotator_name, state_path
from judgekit.labelling.state_file import APPLICATION_ID
from tests.labelling.tasks import label_all, opened


def labels_of(folder: Path) -> list[tuple[str, str | float, str | None]]:
    return [(one.annotator, one.value, one.comment) for one in load_labels(folder / "labels.csv")]


def test_the_labels_file_is_whole_after_each_answer_and_each_undo(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.begin("Anna")
    state = desk.state
    assert not (tmp_path / "labels.csv").exists()  # nobody has said anything yet
    assert state.answer("Anna", 0, "", 4, 12.34) == ""
    assert labels_of(tmp_path) == [("Anna", 4.0, None)]
    assert state.note("Anna", 0, "=cmd()", [{"quote": "A", "start": 0, "end": 1}]) == ""
    assert state.answer("Anna", 0, "", 2, 1.0) == ""
    assert labels_of(tmp_path) == [("Anna", 2.0, "=cmd()")]
    (row,) = csv.DictReader((tmp_path / "labels.csv").read_text(encoding="utf-8").splitlines())
    # what a spreadsheet would run is guarded; the seconds of both visits are added up: 12.34 + 1
    assert (row["comment"], row["seconds"], row["probability"]) == ("'=cmd()", "13.3", "")
    assert row["evidence"] == '[{"quote":"A","start":0,"end":1}]'
    assert row["guideline"].startswith("sycophancy 1.")
    assert [state.undo("Anna")[0] for _ in range(2)] == [0, 0]  # the change of mind, then the note
    assert labels_of(tmp_path) == [("Anna", 4.0, None)]
    assert state.undo("Anna") == (0, "")
    assert labels_of(tmp_path) == []
    assert state.undo("Anna") == (None, "")
    with closing(sqlite3.connect(state.path)) as db:
        kinds = db.execute("SELECT kind FROM events").fetchall()
    assert [kind for (kind,) in kinds] == ["answer", "notes", "answer", "undo", "undo", "undo"]  # nothing is forgotten
    state.close()


def test_an_annotator_takes_back_only_what_is_their_own(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    for name, value in (("anna", 1), ("ben", 5)):
        desk.begin(name)
        desk.state.answer(name, 0, "", value, 0.0)
    assert desk.undo("anna")["labelled"] == 0
    assert desk.undo("anna")["number"] is None
    assert labels_of(tmp_path) == [("ben", 5.0, None)]
    desk.state.close()


def test_the_order_is_random_per_annotator_and_the_same_after_a_restart(tmp_path: Path) -> None:
    desk = opened(tmp_path, 40)
    orders = {name: desk.state.join(name).places for name in ("anna", "ben")}
    assert sorted(orders["anna"]) == sorted(orders["ben"]) == list(range(40))
    assert len({orders["anna"], orders["ben"], tuple(range(40))}) == 3
    desk.state.close()
    again = opened(tmp_path, 40)
    assert {name: again.state.join(name).places for name in ("ben", "anna")} == orders
    assert again.state.join("  ANNA ").name == "anna"  # capitals and blanks do not make another person
    assert again.state.annotators == ("anna", "ben")
    again.state.close()


def test_two_processes_on_one_task_lose_nothing(tmp_path: Path) -> None:
    one, two = opened(tmp_path), opened(tmp_path)
    for desk, name in ((one, "anna"), (two, "ben")):
        desk.begin(name)
    for place in range(6):
        assert one.state.answer("anna", place, "", 1, 0.0) == ""
        assert two.state.answer("ben", place, "", 2, 0.0) == ""
    assert len(labels_of(tmp_path)) == 12
    one.state.close()
    two.state.close()


def test_a_label_that_was_kept_reaches_the_file_after_a_crash_before_it_was_written(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.begin("anna")
    desk.state.answer("anna", 0, "", 4, 0.0)
    stale = (tmp_path / "labels.csv").read_bytes()
    desk.state.answer("anna", 1, "", 5, 0.0)
    desk.state.close()
    (tmp_path / "labels.csv").write_bytes(stale)  # as if killed between the state and the file
    (tmp_path / ".labels.csv.0a0b0c0d.part").write_bytes(b"half")
    opened(tmp_path).state.close()
    assert len(labels_of(tmp_path)) == 2
    assert not list(tmp_path.glob("*.part"))
    (tmp_path / "labels.csv").unlink()
    opened(tmp_path).state.close()
    assert len(labels_of(tmp_path)) == 2


def test_a_labels_file_that_is_not_its_own_stays_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "labels.csv"
    other.write_text("transcript_id,annotator,value\nq/A,anna,3\n", encoding="utf-8")
    with pytest.raises(UserError, match="is there already, and is not of this page"):
        opened(tmp_path)
    assert other.read_text(encoding="utf-8").endswith("q/A,anna,3\n")
    assert [path.name for path in tmp_path.iterdir()] == ["labels.csv"]


def test_a_labels_file_that_somebody_changed_is_not_written_over(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.begin("anna")
    desk.state.answer("anna", 0, "", 4, 0.0)
    path = tmp_path / "labels.csv"
    path.write_bytes(path.read_bytes() + b"q9/X,sycophancy,,boss,5,,,,,,\r\n")
    changed = path.read_bytes()
    assert "was changed by another program" in desk.state.answer("anna", 1, "", 5, 0.0)
    assert path.read_bytes() == changed
    desk.state.close()
    with pytest.raises(UserError, match="was changed by another program"):
        opened(tmp_path)
    path.rename(tmp_path / "moved.csv")
    opened(tmp_path).state.close()
    assert [value for _, value, _ in labels_of(tmp_path)] == [4.0, 5.0]  # both were kept all the time


def test_a_damaged_or_foreign_state_is_one_line(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    label_all(desk, "anna", dict.fromkeys(desk.ids, 3))
    desk.state.close()
    state = state_path(tmp_path / "labels.csv")
    whole = state.read_bytes()
    state.write_bytes(whole[:100] + bytes(len(whole) - 100))
    with pytest.raises(UserError, match="is damaged") as damaged:
        opened(tmp_path)
    assert "\n" not in str(damaged.value)
    state.write_bytes(b"not a database, but long enough to be looked at" * 10)
    with pytest.raises(UserError, match="is damaged"):
        opened(tmp_path)
    state.unlink()
    with closing(sqlite3.connect(state)) as db:
        db.execute("CREATE TABLE own (x)")
    with pytest.raises(UserError, match="is no file of this page"):
        opened(tmp_path)
    state.write_bytes(whole)
    with closing(sqlite3.connect(state)) as db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(UserError, match="has the format 9"):
        opened(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE meta SET value = '{' WHERE key = 'about'",
        "UPDATE meta SET value = '[]' WHERE key = 'about'",
        "UPDATE meta SET value = '{}' WHERE key = 'about'",
        "UPDATE annotators SET places = 'x'",
        "UPDATE events SET value = '{' WHERE kind = 'answer'",
        "UPDATE events SET created = 'x'",
        "UPDATE events SET evidence = '5'",
    ],
)
def test_a_state_that_this_page_never_wrote_is_one_line(tmp_path: Path, change: str) -> None:
    desk = opened(tmp_path, 2)
    label_all(desk, "anna", dict.fromkeys(desk.ids, 3))
    desk.note("anna", {"number": 1, "comment": "", "marks": [[0, 1]]})
    desk.state.close()
    with closing(sqlite3.connect(desk.state.path)) as db:
        db.execute(change)
        db.commit()
    with pytest.raises(UserError, match="holds what this page never wrote") as found:
        opened(tmp_path, 2, annotators=["anna"])
    assert "\n" not in str(found.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "labels.csv")
    with pytest.raises(UserError, match="is no ordinary file"):
        opened(tmp_path)
    assert not (tmp_path / "labels.csv.state").exists()


def test_a_state_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="cannot be used"):
        LabelState(tmp_path / "no folder" / "labels.csv.state", tmp_path / "labels.csv")
    (tmp_path / "labels.csv").mkdir()
    with pytest.raises(UserError, match="cannot read"):
        opened(tmp_path)
    assert not (tmp_path / "labels.csv.state").exists()


def test_what_a_disk_does_not_take_is_said_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    desk = opened(folder)
    desk.begin("anna")
    desk.state.labels_path = tmp_path / "gone" / "labels.csv"
    assert "your answers are kept in labels.csv.state" in desk.state.answer("anna", 0, "", 4, 0.0)
    assert [one.label.value for one in desk.state.labels()] == [4]
    desk.state.close()


def test_it_is_told_from_a_run(tmp_path: Path) -> None:
    desk = opened(tmp_path)
    desk.state.close()
    shutil.copy(desk.state.path, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


@pytest.mark.parametrize("name", ["", "  ", "a" * 81, "a\u202eb", "\x07"])
def test_names_that_nobody_could_read(name: str) -> None:
    with pytest.raises(UserError, match="1 to 80 visible characters"):
        annotator_name(name)
