"""A labelling task for tests: a few transcripts whose ids name their model, and a server for its page."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judgekit.io.rubrics import load_rubric
from judgekit.labelling.about import Choices
from judgekit.labelling.asks import asks_of
from judgekit.labelling.begin import open_task
from judgekit.labelling.desk import Desk
from judgekit.labelling.items import Pile, read_items
from judgekit.labelling.serve import listen, make_server
from judgekit.running.run import Run
from judgekit.transcript import Transcript

MODELS = ("SecretGPT", "OtherLM")
RUBRIC = load_rubric("sycophancy")


def transcripts(n: int = 6) -> list[Transcript]:
    """n transcripts, two models a question; nothing in the text says whose they are."""
    return [
        Transcript.from_text(
            f"Is {i // 2} even?", f"Answer {i} 😀. No doubt.", label=MODELS[i % 2], question_id=f"q{i // 2}"
        )
        for i in range(n)
    ]


def pile(n: int = 6) -> Pile:
    return read_items(transcripts(n), RUBRIC)


def opened(
    folder: Path,
    n: int = 6,
    *,
    criteria: Sequence[str] = (),
    chosen: Choices | None = None,
    annotators: Sequence[str] = (),
    held: Pile | None = None,
    **more: Any,
) -> Desk:
    """The task whose labels go to `labels.csv` in the folder."""
    asks = asks_of(RUBRIC, criteria)
    return open_task(
        folder / "labels.csv", held or pile(n), RUBRIC, asks, chosen or Choices(), annotators=annotators, **more
    )


def label_all(desk: Desk, name: str, values: Mapping[str, int]) -> None:
    """Every transcript of the annotator gets its level by transcript id."""
    total = desk.begin(name)["total"]
    for number in range(1, total + 1):
        told = desk.item(name, number)
        transcript = desk.ids[desk.keys.index(told["item"])]
        desk.answer(name, {"number": number, "item": told["item"], "criterion": "", "value": values[transcript]})


@dataclass
class Page:
    """A running page, spoken to as a browser would, or otherwise."""

    port: int
    token: str = "right-token"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str | None] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; a header of None is left out."""
        given = {"Host": f"127.0.0.1:{self.port}", "Origin": self.origin, "Content-Type": "application/json"}
        all_ = {**given, **(headers or {})}
        with_ = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            with_.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in all_.items():
                if value is not None:
                    with_.putheader(name, value)
            if body is not None and "Content-Length" not in all_:
                with_.putheader("Content-Length", str(len(body)))
            with_.endheaders(body)
            answer = with_.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            with_.close()

    def ask(self, name: str, headers: Mapping[str, str | None] | None = None, **told: Any) -> tuple[int, Any]:
        """What the page is told, as its script asks for it."""
        body = json.dumps({"annotator": "anna", **told}).encode()
        status, _, answer = self.send("POST", f"/{self.token}/ask/{name}", body, headers)
        return status, json.loads(answer) if answer.startswith(b"{") else answer


@contextmanager
def serving(
    desk: Desk,
    *,
    links: Mapping[str, str | None] | None = None,
    host: str = "127.0.0.1",
    password: str | None = None,
    run: Run | None = None,
) -> Iterator[Page]:
    """The page on a port of loopback, in a thread."""
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    server = make_server(desk, host=host, port=port, links=links or {"right-token": None}, password=password, run=run)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Page(port)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
        desk.state.close()
