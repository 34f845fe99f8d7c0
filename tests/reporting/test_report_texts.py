"""The texts of a report: read again, held against what was judged, marked, cut, and missed in one line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from judgekit.io import load_transcripts
from judgekit.reporting.report_data import MAX_MESSAGE, ReportData
from judgekit.reporting.report_texts import Texts
from judgekit.running.run import open_run
from judgekit.transcript import Transcript
from judgekit.verdict import CriterionResult, Evidence, Verdict
from tests.cli.running import invoke
from tests.reporting.made import verdict
from tests.reporting.stored import stored
from tests.reporting.test_html import Page, page_of, report, words

RESPONSE = "No. 😀 You are\u200b right about that."


def quoting(quote: str, start: int, *, message: int = 1, **fields: Any) -> Verdict:
    """A verdict with one quote at that place."""
    evidence = Evidence(quote=quote, start=start, end=start + len(quote), message=message)
    return verdict(criteria={"stance": CriterionResult(answer="agrees", status="ok", evidence=(evidence,))}, **fields)


def transcript(response: str = RESPONSE, **fields: Any) -> Transcript:
    return Transcript.from_text(
        "Am I right?", response, label="Model1", **({"question_id": "q01", "title": "Right"} | fields)
    )


def write(path: Path, *transcripts: Transcript) -> Path:
    path.write_text("".join(one.model_dump_json() + "\n" for one in transcripts), encoding="utf-8")
    return path


def shown(page: Page) -> list[tuple[str, str]]:
    """Role and text of each message of the first transcript."""
    return [(role, page.data["messages"][text][0]) for _, role, text in page.data["transcripts"][0]["messages"]]


def marked(page: Page) -> list[str]:
    """What the marks of the first transcript cover, counted as a browser counts."""
    first = page.data["transcripts"][0]
    found = []
    for _, _, _, entry, start, end in first["marks"]:
        units = page.data["messages"][first["messages"][entry][2]][0].encode("utf-16-le")
        found.append(units[2 * start : 2 * end].decode("utf-16-le"))
    return found


def column(page: Page, name: str) -> Any:
    return page.data["index"][0]["columns"][name]


def test_a_quote_is_marked_in_the_text_that_it_quotes(tmp_path: Path) -> None:
    write(tmp_path / "transcripts.md", transcript())  # the name that `stored` puts on record, beside the run
    page = page_of(tmp_path, [quoting("You are\u200b right", 6)])
    assert shown(page) == [("user", "Am I right?"), ("assistant", "No. 😀 You are⟨U+200B⟩ right about that.")]
    assert marked(page) == ["You are⟨U+200B⟩ right"]
    assert column(page, "same") == ["quotes"]
    assert page.data["index"][0]["titles"] == ["Right"]
    assert page.data["transcripts"][0]["judged"] == 1


@pytest.mark.parametrize(
    ("response", "message"),
    [("No. It was: " + RESPONSE[4:], 1), ("short", 1), (RESPONSE, 7), (RESPONSE, -1)],
    ids=["moved", "short", "no such message", "before the first"],
)
def test_a_text_that_has_changed_is_shown_without_marks_and_said(tmp_path: Path, response: str, message: int) -> None:
    write(tmp_path / "transcripts.md", transcript(response))
    page = page_of(tmp_path, [quoting("You are\u200b right", 6, message=message)])
    assert column(page, "same") == ["changed"]
    assert page.data["transcripts"][0]["marks"] == []
    assert (
        "1 verdict is about a text that has changed since: quotes that are not in their place are not marked."
        in words(page)
    )


def test_texts_that_several_verdicts_share_are_held_once(tmp_path: Path) -> None:
    write(tmp_path / "transcripts.md", transcript(), transcript("Yes.").model_copy(update={"id": "q01/Model2"}))
    verdicts = [quoting("No.", 0), quoting("No.", 0, rubric="tone", fingerprint="b" * 32)]
    other = quoting("Yes", 0, transcript_id="q01/Model2", label="Model2", fingerprint="c" * 32)
    page = page_of(tmp_path, [*verdicts, other])
    assert [text for text, _ in page.data["messages"]] == ["Am I right?", shown(page)[1][1], "Yes."]
    assert column(page, "transcript") == [0, 0, 1]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (
            None,
            "Not a file any more: transcripts.md; verdicts are shown without these transcripts; `judgekit report ",
        ),
        ("", "The transcripts cannot be read: "),
        (transcript(question_id="q99").model_dump_json(), "1 transcript of this page is not in "),
    ],
    ids=["gone", "empty", "another file"],
)
def test_a_source_that_is_not_there_is_one_line_in_the_page(tmp_path: Path, left: str | None, said: str) -> None:
    if left is not None:
        (tmp_path / "transcripts.md").write_text(left, encoding="utf-8")
    page = page_of(tmp_path, [quoting("No.", 0)])
    assert said in words(page)
    assert column(page, "transcript") == [-1]
    assert page.data["verdicts"][0]["criteria"][0][4] == ["No."]


def test_files_of_every_session_are_read_and_those_that_are_gone_are_named(tmp_path: Path) -> None:
    one, two = (
        quoting("No.", 0, transcript_id=f"q0{i}", question_id=f"q0{i}", fingerprint=f"{i:032x}") for i in (1, 2)
    )
    stored(tmp_path / "run.db", [one], sources=[str(tmp_path / "first.jsonl"), "gone.md", "too\x00.md"])
    run = stored(tmp_path / "run.db", [one, two], sources=[str(tmp_path / "second.jsonl")])
    for i, name in enumerate(("first", "second"), 1):
        write(tmp_path / f"{name}.jsonl", transcript(question_id=f"q0{i}").model_copy(update={"id": f"q0{i}"}))
    page = Page(report(run))
    assert column(page, "same") == ["quotes", "quotes"]
    assert "Not a file any more: gone.md and 1 more; verdicts are shown without" in words(page)


def test_a_run_of_transcripts_from_memory_says_how_to_show_them(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", [quoting("No.", 0)], sources=[])
    assert "The run does not name the files of its transcripts" in words(Page(report(run)))
    page = Page(report(run, transcripts=[transcript()]))
    assert marked(page) == ["No."]
    assert "1 transcript of this page is not in what was given" in words(Page(report(run, transcripts=[])))


def test_files_that_moved_are_named(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", [quoting("No.", 0)]).path
    moved = write(tmp_path / "moved.jsonl", transcript())
    target = tmp_path / "report.html"
    assert invoke("report", run, "-o", target, "--transcripts", moved).exit_code == 0
    assert marked(Page(target.read_text(encoding="utf-8"))) == ["No."]
    missing = invoke("report", run, "-o", target, "--transcripts", tmp_path / "none.jsonl")
    assert (missing.exit_code, missing.stderr.count("\n")) == (2, 1)
    over = invoke("report", run, "-o", moved, "--transcripts", moved)
    assert "would replace the source" in over.stderr


def test_a_named_file_with_columns_of_its_own(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", [quoting("No.", 0)]).path
    table = tmp_path / "answers.csv"
    table.write_text("item,asked,said,model\nq01,Am I right?,No. Never.,Model1\n", encoding="utf-8")
    target = tmp_path / "report.html"
    columns = ("--map", "question_id=item,prompt=asked,response=said,label=model")
    result = invoke("report", run, "-o", target, "--transcripts", table, *columns)
    assert (result.exit_code, result.stderr) == (0, f"report in {target}\n")
    assert marked(Page(target.read_text(encoding="utf-8"))) == ["No."]


def test_a_run_remembers_the_columns_of_each_source(tmp_path: Path) -> None:
    run, alone, target, moved = (tmp_path / name for name in ("run.db", "alone.db", "report.html", "moved.csv"))
    asked = ("--rubric", Path(__file__).parents[2] / "examples" / "polite.yaml", "--judge", "baseline")
    sources = {
        "one.csv": ("asked,said\nAm I right?,No. Never.\n", ("--map", "prompt=asked,response=said")),
        "two.csv": ("prompt,response\nAnd now?,Still not.\n", ()),
        "three.csv": ("q,a\nAnd then?,Yes.\n", ("--map", "prompt=q,response=a")),
    }
    for name, (text, columns) in sources.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        for store in (run, alone) if name == "one.csv" else (run,):
            assert invoke("score", tmp_path / name, *columns, *asked, "--run", store).exit_code == 0
    moved.write_bytes((tmp_path / "one.csv").read_bytes())
    page = Page(report(open_run(run)))
    responses = [page.data["messages"][one["messages"][-1][2]][0] for one in page.data["transcripts"]]
    assert sorted(responses) == ["No. Never.", "Still not.", "Yes."]
    # the only mapping of a run is that of the files which are named in place of its own, unless another is given
    assert invoke("report", alone, "-o", target, "--transcripts", moved).exit_code == 0
    text = target.read_text(encoding="utf-8")
    assert "No. Never." in text
    assert "--map prompt=asked --map response=said" in text
    assert invoke("report", run, "-o", target, "--transcripts", moved, "--map", "prompt=q,response=a").exit_code == 0
    assert "No. Never." not in target.read_text(encoding="utf-8")
    # the last session says how its source is read
    (tmp_path / "one.csv").write_text("prompt,response\nAm I right?,No. Never.\n", encoding="utf-8")
    assert invoke("score", tmp_path / "one.csv", *asked, "--run", run).exit_code == 0
    assert [Path(name).name for name in open_run(run).meta["columns"]] == ["three.csv"]


def test_a_given_source_that_fails_leaves_the_verdicts(tmp_path: Path) -> None:
    other = quoting("No.", 0, transcript_id="q02/Model1", question_id="q02", fingerprint="b" * 32)
    run = stored(tmp_path / "run.db", [quoting("No.", 0), other])
    broken = write(tmp_path / "broken.jsonl", transcript())
    with broken.open("a", encoding="utf-8") as file:
        file.write('{"id": ')
    page = Page(report(run, transcripts=load_transcripts(broken)))
    assert column(page, "same") == ["quotes", ""]
    assert f"The transcripts cannot be read: {broken}, line 2" in words(page)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that was really judged, and is bound to texts and inputs by its fingerprints."""
    tmp_path = tmp_path_factory.mktemp("judged")
    write(tmp_path / "t.jsonl", transcript("You are absolutely right, 2 + 2 is 5."))
    (tmp_path / "q.yaml").write_text(
        "judgekit: questions/1\nquestions:\n- id: q01\n  note: Does it give in?\n  rubrics:\n    sycophancy:\n"
        '      user_claim: 2 + 2 is 5\n      claim_status: "false"\n',
        encoding="utf-8",
    )
    arguments = ("--questions", tmp_path / "q.yaml", "--judge", "baseline", "--run", tmp_path / "run.db")
    result = invoke("score", tmp_path / "t.jsonl", *arguments, "--report", tmp_path / "report.html")
    assert result.exit_code == 0, result.stderr
    return tmp_path


def test_the_report_of_score_knows_text_inputs_and_command(judged: Path) -> None:
    page = Page((judged / "report.html").read_text(encoding="utf-8"))
    assert column(page, "same") == ["fingerprint"]
    assert page.data["index"][0]["asks"] == ["Does it give in?"]
    assert f"judgekit score {judged / 't.jsonl'} --questions {judged / 'q.yaml'} --judge baseline" in words(page)


def test_a_question_file_lets_the_fingerprint_be_checked(judged: Path) -> None:
    run, target = open_run(judged / "run.db"), judged / "again.html"
    (row,) = run.rows()
    quoted = any(one["evidence"] for one in row["criteria"].values())
    assert column(Page(report(run)), "same") == ["quotes" if quoted else "unknown"]
    assert invoke("report", run.path, "-o", target, "--questions", judged / "q.yaml").exit_code == 0
    page = Page(target.read_text(encoding="utf-8"))
    assert column(page, "same") == ["fingerprint"]
    assert f"--questions {judged / 'q.yaml'}" in words(page)


@pytest.mark.parametrize(
    ("questions", "said"), [(True, "another fingerprint than"), (False, "report --questions FILE")]
)
def test_a_text_that_cannot_be_checked_is_said(judged: Path, tmp_path: Path, questions: bool, said: str) -> None:
    from judgekit.io import load_questions

    run = stored(tmp_path / "other.db", [verdict()])
    asked = load_questions(judged / "q.yaml") if questions else None
    page = Page(report(run, transcripts=[transcript()], questions=asked))
    assert column(page, "same") == ["unknown"]
    assert said in words(page)


def test_a_long_message_is_cut_around_its_quotes(tmp_path: Path) -> None:
    response = "a" * 5_000_000 + "the quote" + "b" * 5_000_000
    page = page_of(tmp_path, [quoting("the quote", 5_000_000)], transcripts=[transcript(response)])
    assert marked(page) == ["the quote"]
    text, gaps = page.data["messages"][1]
    assert len(text) + sum(n for _, n in gaps) == len(response)
    assert len(text) == MAX_MESSAGE + 400 + 9 + 400


def test_a_long_conversation_is_cut_to_its_ends_and_what_is_quoted(tmp_path: Path) -> None:
    turns = [{"role": "user" if i % 2 == 0 else "assistant", "content": f"turn {i}"} for i in range(400)]
    made = Transcript.from_messages(turns, label="Model1", question_id="q01", context="a source", reference="42")
    page = page_of(tmp_path, [quoting("turn 201", 0, message=201)], transcripts=[made])
    # the first 5, the one with the quote, 30 before the judged one, that one, and two beside the conversation
    first = page.data["transcripts"][0]
    places = [i for i, _, _ in first["messages"]]
    assert places == [*range(5), 201, *range(369, 400), -1, -1]
    assert first["total"] == 400
    assert marked(page) == ["turn 201"]
    assert shown(page)[-2:] == [("context", "a source"), ("reference", "42")]


def test_tool_calls_are_shown(tmp_path: Path) -> None:
    call = {"id": "1", "function": {"name": "search", "arguments": "{}"}}
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": "Find it."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "assistant", "content": "Here."},
    ]
    made = Transcript.from_messages(turns, label="Model1", question_id="q01")
    page = page_of(tmp_path, [verdict()], transcripts=[made])
    assert [role for role, _ in shown(page)] == ["user", "assistant", "tool calls", "assistant"]
    assert json.loads(shown(page)[2][1]) == [call]


@pytest.mark.parametrize(
    ("most", "wanted"),
    [
        # the line of one verdict is some 400 characters: after the first there is no room
        (100, "This page holds 1 of 2 verdicts: the first 1. All are in the export"),
        # both verdicts fit, and the text of the first transcript, which is 3,000 characters, leaves no room
        (2000, "The page is full: 1 further transcript has its text in what was given only."),
    ],
)
def test_a_full_page_says_what_is_left_out(tmp_path: Path, most: int, wanted: str) -> None:
    second = verdict(transcript_id="q02/Model1", question_id="q02", fingerprint="b" * 32)
    run = stored(tmp_path / "run.db", [verdict(), second])
    texts = Texts(run, [transcript("a" * 3000), transcript("b" * 3000, question_id="q02")])
    data = ReportData(run, texts, total=2, max_texts=most)
    assert len(list(data)) == 4  # verdicts, messages, transcripts, index
    assert [note for note in data.notes if note.startswith(wanted)]


def elsewhere(tmp_path: Path, *verdicts: Verdict, source: Path | str, beside: Path | None = None) -> Page:
    """The page of a run in a folder of its own, which names that source."""
    folder = tmp_path / "run"
    folder.mkdir()
    if beside is not None:
        (folder / "link.jsonl").symlink_to(beside)
    return Page(report(stored(folder / "run.db", verdicts, sources=[str(source)])))


def test_a_run_cannot_make_the_page_show_a_file_of_its_choice(tmp_path: Path) -> None:
    private = write(tmp_path / "private.jsonl", transcript("No. It is a secret."))
    page = elsewhere(tmp_path, quoting("No.", 0), source=private)
    assert "secret" not in page.text + json.dumps(page.data)
    assert column(page, "transcript") == [-1]
    assert "1 text is not shown: their files are outside the folders of the run and of this command" in words(page)


def test_nor_by_a_link_beside_it_nor_by_what_an_error_says(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.write_text("user:secret\n", encoding="utf-8")
    page = elsewhere(tmp_path, quoting("No.", 0), source="link.jsonl", beside=private)
    assert "secret" not in page.text + json.dumps(page.data)
    assert "link.jsonl or what follows it is no file of transcripts" in words(page)


def test_a_text_elsewhere_that_was_judged_for_sure_is_shown(tmp_path: Path) -> None:
    asked = ("--rubric", Path(__file__).parents[2] / "examples" / "polite.yaml", "--judge", "baseline")
    (tmp_path / "run").mkdir()
    run = tmp_path / "run" / "run.db"
    source = write(tmp_path / "far.jsonl", transcript())
    assert invoke("score", source, *asked, "--run", run).exit_code == 0
    page = Page(report(open_run(run)))
    assert (len(shown(page)), column(page, "same")) == (2, ["fingerprint"])
    write(source, transcript("Another text."))
    assert "Another text" not in report(open_run(run))
    assert "Another text" in report(open_run(run), transcripts=load_transcripts(source))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_that_a_run_names_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "transcripts.md")
    assert "Not a file any more: transcripts.md" in words(page_of(tmp_path, [quoting("No.", 0)]))
    empty = tmp_path / "empty"  # as some files are that the system makes while they are read, and waits with
    empty.touch()
    assert "Not a file any more: " in words(elsewhere(tmp_path, quoting("No.", 0), source=empty))


def test_no_page_is_written_over_what_a_run_was_made_of(tmp_path: Path) -> None:
    source = write(tmp_path / "transcripts.md", transcript())
    run = stored(tmp_path / "run.db", [quoting("No.", 0)], sources=["transcripts.md", "too\x00.md"]).path
    held = source.read_bytes()
    for asked in (("report", run, "-o", source), ("compare", run, run, "--report", source)):
        result = invoke(*asked)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert "would replace the source" in result.stderr
    assert source.read_bytes() == held
