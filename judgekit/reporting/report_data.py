"""The data of the run report: script elements of JSON that run nothing, written while run and texts are read.

    verdicts     what a row opens to: a line each, some hundred lines an element
    messages     texts, each once though several transcripts share it
    transcripts  the messages of each, and where the quotes of its verdicts stand in them
    index        the columns by which rows are found, the titles, what was left out; the last one

Each element is a JSON list with a line for each entry: the page reads an entry without reading the rest.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from judgekit.reporting.highlight import show
from judgekit.reporting.pages import inert_json
from judgekit.reporting.plain import count, one_line
from judgekit.reporting.report_rows import Index, Wanted, detail
from judgekit.reporting.report_texts import Texts, stands

if TYPE_CHECKING:
    from judgekit.running.run import Run
    from judgekit.transcript import Transcript

MAX_VERDICTS: Final = 10_000
"""How many verdicts a page holds, and as many failures again beyond them as a tenth of it; the export has them all."""
MAX_MESSAGE: Final = 20_000
"""Characters of one message that a page shows, and what is around the quotes in it."""
MAX_TEXTS: Final = 25_000_000
"""Characters of all messages of a page, and as many of what its verdicts say: browsers grow slow beyond."""
_MOST_MESSAGES: Final = 60
_LINES: Final = 200
_NAME: Final = 200
_BEGINNING: Final = 70
"""Characters of a prompt that stand beside its id, where it has no title."""


@dataclass(slots=True)
class ReportData:
    """The data elements of one page; iterate over it once, and read the notes then."""

    run: Run
    texts: Texts
    total: int
    """How many verdicts the run has."""
    max_verdicts: int = MAX_VERDICTS
    max_texts: int = MAX_TEXTS
    """Characters of what the verdicts say, and of the texts that were judged."""
    notes: list[str] = field(default_factory=list)
    """What is not on the page, a sentence each; complete when all elements were taken."""
    _first: int = 0
    """How many of the verdicts are those that the run begins with."""

    def __iter__(self) -> Iterator[str]:
        index = Index()
        yield from elements("verdicts", self._verdicts(index))
        gathered = Gathered(self.texts, index, self.max_texts)
        yield from elements("messages", gathered.messages())
        yield from elements("transcripts", map(inert_json, gathered.transcripts))
        self._note(index, gathered)
        record = index.record()
        record["titles"] = [gathered.titles.get(name, "") for name in index.names["question"]]
        record["asks"] = [self._ask(name) for name in index.names["question"]]
        record["columns"] |= {"transcript": gathered.of_row, "same": gathered.same}
        yield element("index", [inert_json(record)])

    def _verdicts(self, index: Index) -> Iterator[str]:
        """The lines of the first verdicts, as many as there is room for, and of failures beyond them."""
        seen: set[tuple[str, str]] = set()
        room = self.max_texts
        for row in islice(self.run.rows(), self.max_verdicts):
            if room <= 0:
                break
            seen.add((row["transcript_id"], row["rubric"]))
            index.add(row)
            line = inert_json(detail(row))
            room -= len(line)
            yield line
        self._first = len(index)
        if self._first == self.total:
            return
        failed = (row for row in self.run.rows(status="failed") if (row["transcript_id"], row["rubric"]) not in seen)
        for row in islice(failed, max(self.max_verdicts // 10, 1)):
            index.add(row)
            yield inert_json(detail(row))

    def _ask(self, question: str) -> str:
        """What a question tests, where a question file says so."""
        known = self.texts.questions.get(question) if self.texts.questions is not None else None
        return one_line(known.note or "", 1000) if known is not None else ""

    def _note(self, index: Index, gathered: Gathered) -> None:
        if self.total > len(index):
            path = one_line(shlex.quote(str(self.run.path)), _NAME)
            first = self._first
            beyond = f" and {count(len(index) - first, 'failure')} beyond them" if len(index) > first else ""
            self.notes.append(
                f"This page holds {len(index):,} of {count(self.total, 'verdict')}: the first {first:,}{beyond}. "
                f"All are in the export: judgekit export {path} --format jsonl -o verdicts.jsonl"
            )
        if self.texts.problem:
            self.notes.append(f"{self.texts.problem[:1].upper()}{self.texts.problem[1:]}.")
        if gathered.without:
            texts = count(gathered.without, "further transcript has its text", "further transcripts have their texts")
            self.notes.append(f"The page is full: {texts} in {self.texts.named} only.")
        states = gathered.same
        if changed := states.count("changed"):
            verdicts = count(changed, "verdict is about a text that has", "verdicts are about texts that have")
            self.notes.append(f"{verdicts} changed since: quotes that are not in their place are not marked.")
        if unknown := states.count("unknown"):
            verdicts = count(unknown, "verdict has", "verdicts have")
            tried = self.texts.questions is not None
            self.notes.append(
                f"{verdicts} no quote by which to tell that the text shown is the one judged"
                + (
                    ", and another fingerprint than text and inputs have now."
                    if tried
                    else "; judgekit report --questions FILE checks fingerprints."
                )
            )


@dataclass(slots=True)
class Gathered:
    """The texts of a page, as far as they have been read."""

    texts: Texts
    index: Index
    room: int
    """Characters that still fit."""
    transcripts: list[dict[str, Any]] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    of_row: list[int] = field(default_factory=list)
    """By row, its transcript; -1: not on the page."""
    same: list[str] = field(default_factory=list)
    """By row, how it is known that the text is the one that was judged; '': there is no text."""
    without: int = 0
    """Transcripts that did not fit."""
    known: dict[int, int] = field(default_factory=dict)
    """By the hash of a text, its number on the page."""
    _lines: list[str] = field(default_factory=list)

    def messages(self) -> Iterator[str]:
        """The lines of all messages; the rest is filled meanwhile."""
        self.of_row, self.same = [-1] * len(self.index), [""] * len(self.index)
        for transcript in self.texts.read(self.index.wanted):
            wanted = self.index.wanted[transcript.id]
            for one in wanted:
                if one.question not in self.titles:
                    self.titles[one.question] = _title(transcript)
            if self.room <= 0:
                self.without += 1
                continue
            self._take(transcript, wanted)
            yield from self._lines
            self._lines.clear()

    def _take(self, transcript: Transcript, wanted: Sequence[Wanted]) -> None:
        for one in wanted:
            self.of_row[one.row] = len(self.transcripts)
            self.same[one.row] = self.texts.same(transcript, one)
        quotes = [(one.row, quote) for one in wanted for quote in one.quotes if stands(transcript, quote)]
        marks: list[list[int]] = []
        entries: list[list[Any]] = []
        for i in _shown_messages(transcript, {quote.message for _, quote in quotes}):
            message = transcript.messages[i]
            here = [(row, quote) for row, quote in quotes if quote.message == i]
            text, spans = self._message(message.content, [(quote.start, quote.end) for _, quote in here])
            marks += [
                [row, quote.criterion, quote.place, len(entries), *span]
                for (row, quote), span in zip(here, spans, strict=True)
                if span[0] < span[1]
            ]
            entries.append([i, message.role, text])
            if message.tool_calls:
                entries.append([i, "tool calls", self._message(_json(message.tool_calls))[0]])
        beside = {"context": transcript.context, "reference": transcript.reference}
        entries += [[-1, name, self._message(given)[0]] for name, given in beside.items() if given]
        record: dict[str, Any] = {"messages": entries, "marks": marks, "judged": transcript.response_index}
        record["total"] = len(transcript.messages)
        if transcript.lines:
            record["lines"] = transcript.lines
        self.transcripts.append(record)

    def _message(self, text: str, spans: Sequence[tuple[int, int]] = ()) -> tuple[int, Sequence[tuple[int, int]]]:
        """The number of the text on the page, and where the spans are in it."""
        shown = show(text, spans, limit=MAX_MESSAGE)
        key = hash((shown.text, shown.gaps))
        if key not in self.known:
            self.known[key] = len(self.known)
            self._lines.append(inert_json([shown.text, shown.gaps]))
            self.room -= len(shown.text)
        return self.known[key], shown.spans


def _title(transcript: Transcript) -> str:
    """What stands beside the question's id: the title, or how the prompt begins."""
    if transcript.title:
        return one_line(transcript.title, _NAME)
    text = one_line(transcript.prompt[: 2 * _BEGINNING], _NAME * 10)
    return text if len(text) <= _BEGINNING else f"{text[: _BEGINNING - 1].rstrip()}…"


def _shown_messages(transcript: Transcript, quoted: set[int]) -> list[int]:
    """Which messages of a long conversation are shown: the first, the last, and those that are quoted."""
    n = len(transcript.messages)
    if n <= _MOST_MESSAGES:
        return list(range(n))
    last = range(max(0, transcript.response_index - _MOST_MESSAGES // 2), min(n, transcript.response_index + 5))
    return sorted({*range(5), *last, *sorted(quoted)[:_MOST_MESSAGES]})


def _json(value: Any) -> str:
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def elements(name: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines as elements of the page."""
    rest = iter(lines)
    while some := list(islice(rest, _LINES)):
        yield element(name, some)


def element(name: str, lines: Sequence[str]) -> str:
    """The lines as one element of the page."""
    return f'<script type="application/json" class="{name}">[\n' + ",\n".join(lines) + "\n]</script>\n"
