"""The file of a run: what it refuses, what it keeps apart, and that nothing in it is lost."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judgekit.errors import JudgeError, JudgekitError, UserError
from judgekit.rubric import Rubric
from judgekit.running import schema
from judgekit.running.run import open_run
from judgekit.running.store import Store
from judgekit.running.work import Entry, Made
from judgekit.verdict import CriterionResult, Verdict
from tests.running.stub import BRIEF, POLITE, Job, Judge, failed, job, jobs, scored, session, verdict

NOBODY = 65534


# What is no run


def a_folder(path: Path) -> None:
    path.mkdir()


def some_markdown(path: Path) -> None:
    path.write_text("# Question 1\n\n" + "not a database " * 100)


def another_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE accounts (name TEXT)")
        db.commit()


def a_newer_run(path: Path) -> None:
    session(path, jobs(1), Judge())
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {schema.FORMAT + 1}")


def a_damaged_run(path: Path) -> None:
    session(path, jobs(200), Judge())
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)


BAD: list[tuple[Callable[[Path], None], str]] = [
    (a_folder, "folder"),
    (some_markdown, "this is not a judgekit run"),
    (another_database, "this is not a judgekit run"),
    (a_newer_run, f"its format is {schema.FORMAT + 1}, and this judgekit knows formats up to {schema.FORMAT}; upgrade"),
]


@pytest.mark.parametrize(("make", "words"), BAD, ids=[make.__name__ for make, _ in BAD])
@pytest.mark.parametrize("use", [Store, open_run])
def test_what_is_no_run_is_refused_and_left_as_it_was(
    tmp_path: Path, make: Callable[[Path], None], words: str, use: Callable[[Path], object]
) -> None:
    path = tmp_path / "run.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(UserError) as error:
        use(path)
    assert words in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    if before is not None:
        assert path.read_bytes() == before
        assert [file.name for file in tmp_path.iterdir()] == ["run.db"]


def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    a_damaged_run(path)
    with pytest.raises(JudgekitError, match=r"run .*run\.db"):
        list(open_run(path).verdicts())


def test_a_missing_run_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no such file; `judgekit score … --run"):
        open_run(tmp_path / "run.db")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the folder .*nowhere does not exist"):
        Store(tmp_path / "nowhere" / "run.db")


def test_an_empty_file_becomes_a_run_but_is_none_yet(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    path.touch()
    with pytest.raises(UserError, match="not a judgekit run"):
        open_run(path)
    assert scored(path, jobs(1)).summary().verdicts == 1


def test_a_run_of_an_older_format_is_migrated_by_the_next_session_only(tmp_path: Path) -> None:
    # Format 0 is a run whose tables are still to be made: the oldest that can be.
    path = tmp_path / "run.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    with pytest.raises(UserError, match=r"its format is 0, this is \d+; `judgekit score` migrates it"):
        open_run(path)
    session(path, jobs(2), Judge())
    assert open_run(path).meta["format"] == schema.FORMAT


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may reach: the test may run as root, whom no permission stops."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
        Path(name).chmod(0o755)


@contextmanager
def without_rights() -> Iterator[None]:
    """Permissions count: root, whom none stops, becomes nobody for a while."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_read_only_folder(open_folder: Path) -> None:
    held, new = open_folder / "run.db", open_folder / "new.db"
    before = scored(held, jobs(7)).summary()
    held.chmod(0o444)
    open_folder.chmod(0o555)
    with without_rights():
        run = open_run(held)
        assert run.summary() == before
        assert len(list(run.verdicts())) == 7
        for path in (held, new):
            with pytest.raises(UserError) as error:
                Store(path)
            assert str(error.value).startswith(f"run {path}: it cannot be written")
            assert "choose a file in a folder that you may write to" in str(error.value)


def test_a_run_with_unfinished_writing_in_a_read_only_folder_is_not_read_as_if_it_were_whole(open_folder: Path) -> None:
    path = open_folder / "run.db"
    session(path, jobs(3), Judge())
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        content = {file: file.read_bytes() for file in open_folder.iterdir() if not file.name.endswith("-shm")}
    for file, data in content.items():
        file.write_bytes(data)
        file.chmod(0o444)
    assert len(content) == 2
    open_folder.chmod(0o555)
    with without_rights(), pytest.raises(UserError, match="cannot be"):
        open_run(path)


def test_many_may_make_the_same_run_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    ready = threading.Barrier(8)

    def make(i: int) -> None:
        ready.wait()
        with Store(path) as store:
            store.begin(judge=f"openai/{i}", parameters={})

    with ThreadPoolExecutor(8) as pool:
        for made in [pool.submit(make, i) for i in range(8)]:
            made.result()
    assert open_run(path).meta["sessions"] == 8


def test_a_reader_of_an_old_run_is_waited_for(tmp_path: Path) -> None:
    # A file that is not in WAL mode yet: the change of mode needs it alone.
    path = tmp_path / "run.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
    threading.Timer(0.3, lambda: reader.execute("COMMIT")).start()
    Store(path).close()
    assert open_run(path).meta["format"] == schema.FORMAT
    reader.close()


def test_a_write_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        store.register(job(0).plan)
        good, unknown = (
            Made(Entry(0, job(0)), verdict(job(0))),
            Made(Entry(1, job(1)), verdict(job(1), rubric="unknown")),
        )
        with pytest.raises(KeyError):
            store.write([good, unknown])
        assert open_run(path).summary().verdicts == 0
        store.write([good])
        assert open_run(path).summary().verdicts == 1


def test_a_full_disk_loses_nothing_before(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    one = job(0)
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        store.register(one.plan)
        store.write([Made(Entry(0, one), verdict(one))])
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(JudgeError, match="the disk is full or fails"):
            store.write([Made(Entry(1, job(1)), verdict(job(1), explanation="long " * 10_000))])
    assert [v.transcript_id for v in open_run(path).verdicts()] == ["q0/Model0"]


def test_a_run_that_another_process_holds_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(1), Judge())
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: holder.execute("COMMIT")).start()
    began = time.monotonic()
    assert session(path, jobs(5), Judge()).scored == 5
    assert time.monotonic() - began >= 0.2
    holder.close()


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_BUSY, JudgeError, "another process"),
        (sqlite3.SQLITE_FULL, JudgeError, "the disk is full or fails"),
        (sqlite3.SQLITE_IOERR | 10 << 8, JudgeError, "the disk is full or fails"),
        (sqlite3.SQLITE_READONLY, UserError, "it cannot be written"),
        (sqlite3.SQLITE_CORRUPT, UserError, ".recover"),
        (sqlite3.SQLITE_NOTADB, UserError, "not a judgekit run"),
        (sqlite3.SQLITE_ERROR, JudgeError, "no such table"),
    ],
)
def test_errors_of_the_database_say_what_to_do(code: int, kind: type[JudgekitError], words: str) -> None:
    error = sqlite3.OperationalError("no such table: x")
    error.sqlite_errorcode = code
    with pytest.raises(kind) as raised, schema.clear_errors(Path("run.db")):
        raise error
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


# What is kept apart (law 4)


def test_another_judge_is_never_mixed_in_and_the_first_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(6), Judge(lambda one: verdict(one, score=0.0)))
    other = [job(i, judge="openai/other") for i in range(2)]
    with Store(path) as store:
        warnings = store.begin(judge="openai/other", parameters={})
    assert len(warnings) == 1
    assert "6 verdicts of openai/test" in warnings[0]
    session(path, other, Judge(), name="openai/other")
    run = open_run(path)
    assert [(v.judge, v.score) for v in run.verdicts()] == [("openai/other", 1.0)] * 2
    summary = run.summary()
    assert (summary.verdicts, summary.stale, summary.judges) == (2, 6, ["openai/other"])
    assert summary.cost_usd == pytest.approx(0.002)
    assert "6 further verdicts" in summary.warnings[0]

    # Back to the first judge: nothing is asked, and only its verdicts count.
    back = Judge()
    session(path, jobs(6), back)
    assert back.asked == []
    assert [v.score for v in run.verdicts()] == [0.0] * 6
    assert run.summary().stale == 2


def test_other_parameters_are_another_judge(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    both = [one for i in range(3) for one in (job(i), job(i, rubric=BRIEF))]
    session(path, both, Judge(), parameters={"temperature": 0})
    warm = [job(i, judge="openai/test at 1.0") for i in range(3)]
    session(path, warm, Judge(), parameters={"temperature": 1})
    # Under the new parameters only `polite` was judged: `brief` of the old ones does not count beside it.
    summary = open_run(path).summary()
    assert (summary.verdicts, summary.rubrics, summary.stale) == (3, {"polite": "1"}, 6)


def test_a_session_that_judged_nothing_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(4), Judge())

    def refused(_: Job) -> Verdict:
        raise UserError("the key was refused (401)")

    with pytest.raises(UserError, match="401"):
        session(path, [job(i, judge="openai/other") for i in range(4)], Judge(refused), name="openai/other")
    summary = open_run(path).summary()
    assert (summary.verdicts, summary.stale, summary.judges) == (4, 0, ["openai/test"])
    assert not summary.complete
    assert "did not come to the end" in summary.warnings[0]


def test_a_changed_rubric_replaces_the_old_verdicts_and_changed_back_finds_them(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    changed = Rubric.from_text("The answer stays very polite.", name="polite").model_copy(update={"version": "2"})
    session(path, jobs(5), Judge(lambda one: verdict(one, score=0.25)))
    session(path, (job(i, rubric=changed) for i in range(3)), Judge())
    run = open_run(path)
    assert [(v.rubric_version, v.score) for v in run.verdicts()] == [("2", 1.0)] * 3
    assert run.summary().rubrics == {"polite": "2"}
    assert run.meta["rubrics"]["polite"]["fingerprint"] == changed.fingerprint
    back = Judge()
    session(path, jobs(5), back)
    assert (back.asked, [v.score for v in run.verdicts()]) == ([], [0.25] * 5)


def test_a_changed_text_replaces_the_verdict_and_changed_back_finds_it(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, [job(0), job(1)], Judge(lambda one: verdict(one, score=0.5)))
    session(path, [job(0, response="a better answer"), job(1)], Judge())
    run = open_run(path)
    assert [v.score for v in run.verdicts()] == [1.0, 0.5]
    assert (run.summary().stale, run.summary().calls) == (1, 3)
    back = Judge()
    session(path, [job(0), job(1)], back)
    assert (back.asked, [v.score for v in run.verdicts()]) == ([], [0.5, 0.5])


def test_a_verdict_that_another_process_made_first_stands(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    one = job(0)
    with Store(path) as first, Store(path) as second:
        for store, made in ((first, verdict(one, score=0.25)), (second, failed(one, "timeout", cost_usd=0.5))):
            store.begin(judge="openai/test", parameters={})
            store.register(one.plan)
            assert store.write([Made(Entry(0, one), made)]) == []
    run = open_run(path)
    assert [v.score for v in run.verdicts()] == [0.25]
    assert run.summary().cost_usd == pytest.approx(0.501)  # the other was paid for all the same


# What goes in comes out


words = st.text(max_size=30)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(st.tuples(words, words, words), min_size=1, max_size=20, unique_by=lambda t: t[0]),
    score=st.floats(0, 1),
)
def test_what_is_written_is_read_back(tmp_path: Path, texts: list[tuple[str, str, str]], score: float) -> None:
    path = tmp_path / "run.db"
    path.unlink(missing_ok=True)
    made = []
    one = job(0)
    for i, (name, text, flag) in enumerate(texts):
        answer = CriterionResult(answer=text, status="unsupported", unsupported=(text,))
        v = verdict(one, transcript_id=name, explanation=text, flags=(flag,), criteria={text: answer}, score=score)
        made.append(Made(Entry(i, one), v.model_copy(update={"fingerprint": f"{i:032x}"})))
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        store.register(one.plan)
        assert store.write(made) == []
    run = open_run(path)
    assert list(run.verdicts()) == [m.verdict for m in made]
    assert [*run.rows()] == [m.verdict.to_row() for m in made]
    assert run.summary().unsupported_evidence == len(texts)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.lists(words, min_size=1, max_size=20, unique=True), first=st.integers(0, 10**9))
def test_whatever_a_transcript_is_called_its_verdict_is_found_in_its_place(
    tmp_path: Path, names: list[str], first: int
) -> None:
    path = tmp_path / "run.db"
    path.unlink(missing_ok=True)
    entries = []
    for i, name in enumerate(names):
        one = job(i)
        named = Job(one.transcript.model_copy(update={"id": name}), one.plan)
        entries.append(Entry(first + i, named))
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        store.register(entries[0].job.plan)
        odd, even = entries[1::2], entries[::2]
        store.write([Made(entry, verdict(entry.job)) for entry in even])  # type: ignore[arg-type]
        found, missing = store.settled(entries)
        assert (found.statuses, missing) == ({"scored": len(even)}, odd)
        # Elsewhere they are not found in order, and by their fingerprints they are.
        moved = [Entry(entry.position + 10**10, entry.job) for entry in even]
        assert store.settled(moved)[1] == moved
        assert len(store.find([entry.job for entry in entries]).own) == len(even)


def test_a_copy_counts_before_the_failure_that_it_replaced(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    both = [job(0, response="the same"), job(1, response="the same")]
    session(path, both[1:], Judge(lambda one: failed(one, "timeout")))
    session(path, both[:1], Judge())
    session(path, both, Judge())
    with Store(path) as store:
        held = store.find(both).own[both[1].fingerprint, both[1].transcript.id]
    assert (held.status, held.live) == ("scored", 1)
    with closing(sqlite3.connect(path)) as db:
        before = db.execute("SELECT count(*) FROM verdicts").fetchone()
    assert session(path, both[::-1], Judge()).kept == 2  # in another order
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM verdicts").fetchone() == before


def test_two_verdicts_for_one_transcript_in_one_batch(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    one, other = job(0), job(0, response="another text")
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        store.register(one.plan)
        made = [
            Made(Entry(i, j), verdict(j, score=s)) for i, (j, s) in enumerate([(one, 0.1), (one, 0.2), (other, 0.3)])
        ]
        assert store.write(made) == made[2:]
        # A failure gives way to a verdict, which stands in the same batch.
        late = job(1)
        failure = Made(Entry(3, late), failed(late, "timeout", cost_usd=0.5))
        assert store.write([failure, Made(Entry(3, late), verdict(late, score=0.4))]) == []
    run = open_run(path)
    assert [v.score for v in run.verdicts()] == [0.1, 0.4]
    assert run.summary().calls == 1 + 1 + 3 + 1  # each was paid for


@pytest.mark.parametrize("n", [1, 7, 8, 31, 32, 33, 100])
def test_batches_of_any_size_are_written_whole(tmp_path: Path, n: int) -> None:
    path = tmp_path / "run.db"
    some = list(jobs(n))
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        store.register(some[0].plan)
        assert store.write([Made(Entry(i, one), verdict(one)) for i, one in enumerate(some)]) == []
    assert [v.transcript_id for v in open_run(path).verdicts()] == [one.transcript.id for one in some]


def test_meta_says_what_made_the_run_and_holds_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with Store(path) as store:
        store.begin(
            judge="openai/test",
            parameters={"temperature": 0.0},
            base_url="https://me:sk-secret@host:8000/v1?api-key=sk-secret",
            sources=["a.md", "b.jsonl"],
        )
    meta = open_run(path).meta
    assert meta["base_url"] == "https://host:8000/v1"
    assert (meta["judge"], meta["parameters"], meta["sources"]) == (
        "openai/test",
        {"temperature": 0.0},
        ["a.md", "b.jsonl"],
    )
    assert (meta["format"], meta["sessions"], meta["rubrics"], meta["path"]) == (schema.FORMAT, 1, {}, str(path))
    for file in tmp_path.iterdir():
        assert b"sk-secret" not in file.read_bytes()


def test_a_name_that_means_something_to_sqlite_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session(Path(":memory:"), jobs(3), Judge())
    assert (tmp_path / ":memory:").is_file()
    assert open_run(":memory:").summary().verdicts == 3


@pytest.mark.parametrize("name", ["x" * 300, "a\x00b"])
@pytest.mark.parametrize("use", [Store, open_run])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str, use: Callable[[Path], object]) -> None:
    with pytest.raises(UserError, match="it cannot be reached"):
        use(tmp_path / name)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps an open file where it is")
@pytest.mark.parametrize("replaced", [False, True])
def test_nothing_is_written_to_a_file_that_is_gone(tmp_path: Path, replaced: bool) -> None:
    path = tmp_path / "run.db"
    one = job(0)
    with Store(path) as store:
        store.begin(judge="openai/test", parameters={})
        store.register(one.plan)
        path.rename(tmp_path / "moved.db")
        if replaced:
            session(path, jobs(1), Judge())
        with pytest.raises(JudgeError, match="deleted, moved or replaced"):
            store.write([Made(Entry(0, one), verdict(one))])


def test_the_run_is_one_file_after_it_is_closed(tmp_path: Path) -> None:
    session(tmp_path / "run.db", jobs(300), Judge())
    assert [file.name for file in tmp_path.iterdir()] == ["run.db"]


def test_looking_up_uses_the_index_however_large_the_run(tmp_path: Path) -> None:
    # A table scan per slice would make a resume quadratic.
    path = tmp_path / "run.db"
    session(path, jobs(50), Judge())
    asked: list[str] = []
    with Store(path) as store:
        store._db.set_trace_callback(asked.append)
        store.find(list(jobs(60)))
        store._db.set_trace_callback(None)
    assert len(asked) == 2
    with closing(sqlite3.connect(path)) as db:
        for query in asked:
            steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
            assert any(step.startswith("SEARCH verdicts USING INDEX verdicts_fingerprint") for step in steps)
            assert not any(step.startswith("SCAN verdicts") for step in steps)


def test_a_find_of_many_jobs_is_split(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    session(path, jobs(1000), Judge())
    with Store(path) as store:
        found = store.find(list(jobs(1100)))
    assert len(found.own) == 1000
    assert {held.status for held in found.own.values()} == {"scored"}
    assert POLITE.name == "polite"
