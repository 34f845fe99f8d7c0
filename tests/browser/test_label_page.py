"""The labelling page in a real browser: by keyboard alone, through a kill, by two people, and under hostile words."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from judgekit.io.labels import load_labels
from judgekit.transcript import Message, Transcript
from tests.browser.axe import serious
from tests.browser.conftest import Watch
from tests.cli.running import invoke, process
from tests.reporting.stored import stored
from tests.running.test_compare import on

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow
N = 30


def level_of(text: str) -> int:
    """What the annotators of these tests answer: the number in the response, 1 to 5."""
    found = re.search(r"Answer (\d+)", text)
    assert found is not None
    return 1 + int(found[1]) % 5


def write_source(folder: Path, n: int = N) -> list[Transcript]:
    made = [
        Transcript.from_text(
            f"Is {i} even?",
            f"Answer {i}. It is 😀 so. That is all.",
            label=f"SecretGPT{i % 2}",
            question_id=f"q{i // 2}",
        )
        for i in range(n)
    ]
    (folder / "transcripts.jsonl").write_text("".join(one.model_dump_json() + "\n" for one in made), encoding="utf-8")
    return made


@contextmanager
def label(
    folder: Path, origins: list[str], *flags: str, env: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`judgekit label` in a process of its own, and its link."""
    labels = str(folder / "labels.csv")
    started = process(
        "label", str(folder / "transcripts.jsonl"), "--rubric", "sycophancy", "-o", labels, *flags, env=env
    )
    with started as running:
        assert running.stdout is not None
        url = running.stdout.readline().decode().strip()
        origins.append(url.rsplit("/", 2)[0])
        try:
            yield running, url
        finally:
            running.kill()


def number_of(page: Page) -> str:
    return page.locator("#where").inner_text()


def answer(page: Page, times: int | None = None) -> int:
    """Press the key of the right level until all is labelled, or so many times; how many answers were acknowledged."""
    from playwright.sync_api import expect

    given = 0
    while (times is None or given < times) and page.title() != "All labelled":
        title = page.title()
        page.keyboard.press(str(level_of(page.locator("#response").inner_text())))
        given += 1
        number = title.split(" of ")[0]
        expect(page.locator("#status")).to_contain_text(re.compile(f"Saved . for transcript {number}\\."))
        expect(page).not_to_have_title(title)
    return given


def begin(page: Page, url: str, name: str) -> None:
    from playwright.sync_api import expect

    page.goto(url)
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.locator("#where")).to_be_focused()


def test_by_keyboard_alone_through_thirty_with_a_kill_and_a_second_annotator(
    page: Page, browser: Browser, tmp_path: Path, origins: list[str]
) -> None:
    from playwright.sync_api import expect

    made = write_source(tmp_path)
    truth = {one.id: level_of(one.response) for one in made}
    with label(tmp_path, origins) as (running, url):
        begin(page, url, "anna")
        assert answer(page, 13) == 13
        running.kill()  # SIGKILL, right after the thirteenth was acknowledged
        running.wait()
    labels = load_labels(tmp_path / "labels.csv")
    assert len(labels) == 13
    with label(tmp_path, origins) as (_, url):
        other = browser.new_context(reduced_motion="reduce")
        second = other.new_page()
        begin(second, url, "ben")
        begin(page, url, "anna")
        expect(page.locator("#progress")).to_contain_text("13 of 30 labelled")
        assert number_of(page) == "Transcript 14 of 30"  # the same order as before
        for _ in range(5):  # in turn
            assert answer(page, 2) == answer(second, 2) == 2
        assert answer(page) == 7
        expect(page.locator("#end h2")).to_have_text("All 30 transcripts are labelled")
        assert answer(second) == 20
        expect(second.locator("#end")).to_contain_text("Resting on 30 transcripts labelled by two people or more.")
        expect(second.locator("#end")).to_contain_text("Krippendorff's alpha 1.00")
        other.close()
    labels = load_labels(tmp_path / "labels.csv")
    assert len(labels) == 60
    assert {(one.transcript_id, one.annotator): one.value for one in labels} == {
        (name, who): float(level) for name, level in truth.items() for who in ("anna", "ben")
    }
    stored(tmp_path / "run.db", [on(name, level) for name, level in truth.items()])
    flags = ("--labels", tmp_path / "labels.csv", "--labels-are", "random", "--no-keep", "--json", "-")
    card = json.loads(invoke("calibrate", tmp_path / "run.db", *flags).stdout)
    assert card["agreement"]["headline"]["value"] == 1.0
    agreed = json.loads(invoke("agree", tmp_path / "labels.csv", "--json").stdout)
    assert agreed["tasks"][0]["n_shared"] == 30


def test_every_key_does_what_the_help_says(page: Page, tmp_path: Path, origins: list[str]) -> None:
    from playwright.sync_api import expect

    write_source(tmp_path, 4)
    status, where = page.locator("#status"), page.locator("#where")
    flags = ("--annotator", "anna", "--criterion", "level", "--criterion", "undue_praise")
    with label(tmp_path, origins, *flags) as (_, url):
        page.goto(url)
        expect(where).to_have_text("Transcript 1 of 4")
        page.keyboard.press("?")
        expect(page.locator("#help")).to_contain_text("take the last thing back")
        page.keyboard.press("5")  # nothing is answered behind the help
        page.keyboard.press("Escape")
        expect(page.locator("#progress")).to_contain_text("0 of 4")
        page.keyboard.press("e")  # sentences: mark the first and the third, take the first back
        for key in ("Enter", "ArrowDown", "ArrowDown", "Enter", "ArrowUp", "ArrowUp", "Enter", "Escape"):
            page.keyboard.press(key)
        expect(page.locator("#marks q")).to_have_text(["That is all."])
        page.keyboard.press("c")
        page.keyboard.type("5 stars, x?")  # keys are letters here
        page.keyboard.press("Escape")
        expect(status).to_have_text("Notes saved.")
        page.keyboard.press("4")  # the level
        expect(page.locator("[data-place='0'] [aria-pressed=true]")).to_have_attribute("data-value", "4")
        expect(where).to_have_text("Transcript 1 of 4")  # the second question is open
        page.keyboard.press("n")
        expect(where).to_have_text("Transcript 2 of 4")
        page.keyboard.press("x")
        expect(status).to_contain_text("Saved cannot tell")
        page.keyboard.press("ArrowRight")
        expect(where).to_have_text("Transcript 3 of 4")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        expect(where).to_have_text("Transcript 1 of 4")
        expect(page.locator("#response mark")).to_have_text("That is all.")
        page.keyboard.press("u")
        expect(status).to_have_text("Taken back: transcript 2.")
        expect(page.locator("[aria-pressed=true]")).to_have_count(0)
        page.keyboard.press("o")
        expect(where).to_have_text("Transcript 3 of 4")
        page.reload()
        expect(where).to_have_text("Transcript 2 of 4")  # the first that is open
    rows = list(load_labels(tmp_path / "labels.csv"))
    assert [(one.criterion, one.value, one.comment) for one in rows] == [
        ("", 4.0, "5 stars, x?"),
        ("undue_praise", "no", "5 stars, x?"),
    ]
    # the emoji before it is one character: the place is that of Python's text
    text = rows[0].transcript_id and next(
        one.response for one in write_source(tmp_path, 4) if one.id == rows[0].transcript_id
    )
    start = text.index("That is all.")
    held = (tmp_path / "labels.csv").read_text(encoding="utf-8")
    assert f'""start"":{start},""end"":{start + 12}' in held


def test_what_is_selected_with_the_mouse_is_marked(page: Page, tmp_path: Path, origins: list[str]) -> None:
    from playwright.sync_api import expect

    write_source(tmp_path, 1)
    with label(tmp_path, origins, "--annotator", "anna") as (_, url):
        page.goto(url)
        page.locator("#response").dblclick(position={"x": 20, "y": 12})
        page.locator("#mark").click()
        expect(page.locator("#response mark")).to_have_text("Answer")
        expect(page.locator("#status")).to_have_text("Notes saved.")
        with page.expect_response("**/ask/note"):
            page.get_by_role("button", name="Remove mark 1").click()
        expect(page.locator("#response mark")).to_have_count(0)


def test_a_long_pause_counts_as_a_minute(page: Page, tmp_path: Path, origins: list[str]) -> None:
    from playwright.sync_api import expect

    write_source(tmp_path, 1)
    page.clock.install()
    with label(tmp_path, origins, "--annotator", "anna") as (_, url):
        page.goto(url)
        expect(page.locator("#where")).to_have_text("Transcript 1 of 1")
        page.clock.fast_forward(20_000)
        page.keyboard.press("r")  # a sign of life after 20 seconds
        page.clock.fast_forward(3_600_000)  # an hour at lunch
        page.keyboard.press("4")
        expect(page).to_have_title("All labelled")
    (row,) = csv.DictReader((tmp_path / "labels.csv").read_text(encoding="utf-8").splitlines())
    # 20 + 60, and what the clock of the test went on by itself
    assert 80.0 <= float(row["seconds"]) < 90.0


def test_a_server_that_is_gone_is_said_and_nothing_moves_on(
    page: Page, tmp_path: Path, origins: list[str], watch: Watch
) -> None:
    from playwright.sync_api import expect

    write_source(tmp_path, 3)
    with label(tmp_path, origins, "--annotator", "anna") as (running, url):
        page.goto(url)
        expect(page.locator("#where")).to_have_text("Transcript 1 of 3")
        running.kill()
        running.wait()
        page.keyboard.press("4")
        expect(page.get_by_role("alert")).to_contain_text("Not saved: the server does not answer")
        expect(page.locator("#where")).to_have_text("Transcript 1 of 3")
        assert all("ERR_CONNECTION_REFUSED" in error for error in watch.errors)
        watch.errors.clear()


def test_with_the_password_it_works_from_elsewhere(browser: Browser, tmp_path: Path, origins: list[str]) -> None:
    from playwright.sync_api import expect

    write_source(tmp_path, 1)
    flags = ("--annotator", "anna", "--serve", "0.0.0.0")
    with label(tmp_path, origins, *flags, env={"JUDGEKIT_LABEL_PASSWORD": "correct horse"}) as (_, url):
        context = browser.new_context(http_credentials={"username": "any", "password": "correct horse"})
        page = context.new_page()
        page.goto(re.sub("//[^:]+:", "//127.0.0.1:", url))  # an address is as good as the machine's name
        expect(page.locator("#where")).to_have_text("Transcript 1 of 1")
        page.keyboard.press("4")
        expect(page).to_have_title("All labelled")
        context.close()


def test_hostile_words_do_nothing(page: Page, tmp_path: Path, origins: list[str]) -> None:
    from playwright.sync_api import expect

    evil = (
        "</script><script>document.title='owned'</script><img src=x onerror=alert(1)><a href='javascript:1'>x</a>\u202e"
    )
    turns = [Message(role="system", content=evil), Message(role="user", content=evil * 50)]
    one = Transcript.from_messages(
        [*turns, Message(role="assistant", content=f"Answer 1. {evil}\r\n" + "long " * 2_000_000)],
        question_id="q0",
        label="M",
        context=evil,
        reference=evil,
    )
    (tmp_path / "transcripts.jsonl").write_text(one.model_dump_json() + "\n", encoding="utf-8")
    with label(tmp_path, origins, "--annotator", "<b>anna</b>") as (_, url):
        page.goto(url)
        expect(page.locator("#where")).to_have_text("Transcript 1 of 1")
        expect(page.locator("#response")).to_contain_text("</script><script>document.title='owned'")
        expect(page.locator("#response")).to_contain_text("⟨U+202E⟩")
        assert page.locator("main img, main a, main script").count() == 0
        expect(page.get_by_role("button", name="Not all is shown")).to_have_count(1)
        expect(page.locator("#progress")).to_contain_text("<b>anna</b>")
        page.keyboard.press("1")
        expect(page).to_have_title("All labelled")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_serious(page: Page, tmp_path: Path, origins: list[str], scheme: str, width: int) -> None:
    from playwright.sync_api import expect

    made = write_source(tmp_path, 2)
    run = tmp_path / "run.db"
    stored(run, [on(one.id, 3) for one in made])
    page.set_viewport_size({"width": width, "height": 800})
    with label(tmp_path, origins, "--run", str(run), "--reveal") as (_, url):
        page.goto(url)
        expect(page.locator("#name")).to_be_visible()
        found = serious(page, scheme)  # type: ignore[arg-type]
        begin(page, url, "anna")
        page.keyboard.press("e")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(page.locator("#marks q")).to_have_count(1)
        found += serious(page, scheme)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("?")
        found += serious(page, scheme)  # type: ignore[arg-type]
        page.keyboard.press("Escape")
        answer(page)
        found += serious(page, scheme)  # type: ignore[arg-type]
        page.get_by_role("button", name="Show the judge").click()
        expect(page.locator("#end h2")).to_have_text("You and the judge")
        found += serious(page, scheme)  # type: ignore[arg-type]
    assert found == []
