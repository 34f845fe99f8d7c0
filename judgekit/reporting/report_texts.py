"""The texts that were judged, read again from where they came from, and held against what was judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import orjson

from judgekit.errors import JudgekitError
from judgekit.noun import digest, mend_json
from judgekit.reporting.plain import count, one_line
from judgekit.reporting.report_rows import Quote, Wanted
from judgekit.running.schema import reading

if TYPE_CHECKING:
    from judgekit.question import QuestionSet
    from judgekit.running.run import Run
    from judgekit.transcript import Transcript

Same = Literal["fingerprint", "quotes", "changed", "unknown"]
"""How it is known that a text is the one that was judged: by its fingerprint, by quotes that stand where they stood;
`changed`: it is another one; `unknown`: the verdict has no quote, and the inputs of its fingerprint are not at hand."""
_WITHOUT = "verdicts are shown without these transcripts; `judgekit report RUN --transcripts SOURCE` shows them"


@dataclass(slots=True)
class Texts:
    """Where the texts of a run are, and what was found there."""

    run: Run
    given: Iterable[Transcript] | None = None
    """The transcripts that the user named; None: those of the files that the run names."""
    mapping: Mapping[str, str] | None = None
    """From a field to a column of these files."""
    questions: QuestionSet | None = None
    problem: str = ""
    """Why there is no text, or not every text; one line."""
    sources: tuple[str, ...] = ()
    """The files that were read."""
    _bases: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with reading(self.run.path) as db:
            query = "SELECT c.rubric, s.base FROM current_settings c JOIN settings s ON s.id = c.id"
            self._bases = dict(db.execute(query))

    def read(self, wanted: Mapping[str, object]) -> Iterator[Transcript]:
        """The transcripts that are wanted, in the order of their source; it is read no further than needed.

        What cannot be read is no error, for the verdicts are there: `problem` says it.
        """
        missing = set(wanted)
        try:
            for transcript in self._all() if missing else ():
                if transcript.id in missing:
                    missing.remove(transcript.id)
                    yield transcript
                    if not missing:
                        return
        except JudgekitError as error:
            self.problem = f"the transcripts cannot be read: {one_line(str(error), 300)}; {_WITHOUT}"
        else:
            if missing and not self.problem:
                here = "this page is" if len(missing) == 1 else "this page are"
                self.problem = f"{count(len(missing), 'transcript')} of {here} not in {self.named}"

    def _all(self) -> Iterable[Transcript]:
        from judgekit.io import load_transcripts

        if self.given is not None:
            self.sources = tuple(getattr(self.given, "sources", ()))
            return self.given
        self.sources = tuple(self._recorded())
        # A row that cannot be read now was not judged either, or the run would have stopped at it.
        return load_transcripts(self.sources, mapping=self.mapping, skip_bad=True) if self.sources else ()

    @property
    def named(self) -> str:
        """The files in a few words."""
        more = f" and {len(self.sources) - 3} more" if len(self.sources) > 3 else ""
        return ", ".join(one_line(file, 120) for file in self.sources[:3]) + more or "what was given"

    def _recorded(self) -> list[str]:
        """The files that the run's sessions name, the last one's first; each where it was, or beside the run."""
        with reading(self.run.path) as db:
            sessions = db.execute("SELECT sources FROM sessions ORDER BY id DESC").fetchall()
        sources = dict.fromkeys(source for (named,) in sessions for source in orjson.loads(named))
        if not sources:
            self.problem = f"the run does not name the files of its transcripts; {_WITHOUT}"
        found, gone = [], []
        for source in sources:
            places = (Path(source), self.run.path.parent / source, self.run.path.parent / Path(source).name)
            there = next((str(place) for place in places if _is_file(place)), None)
            if there is None:
                gone.append(one_line(source, 200))
            else:
                found.append(there)
        if gone:
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            self.problem = f"not a file any more: {gone[0]}{more}; {_WITHOUT}"
        return list(dict.fromkeys(found))

    def same(self, transcript: Transcript, one: Wanted) -> Same:
        """Whether this is the text that a verdict is about."""
        from judgekit.judging.job import fingerprint_of

        base = self._bases.get(one.rubric, "")
        for inputs in self._inputs(one):
            if fingerprint_of(transcript, base, inputs) == one.fingerprint:
                return "fingerprint"
        if not one.quotes:
            return "unknown"
        return "quotes" if all(stands(transcript, quote) for quote in one.quotes) else "changed"

    def _inputs(self, one: Wanted) -> Iterable[str]:
        """The digests that the inputs of a verdict may have had."""
        question = self.questions.get(one.question) if self.questions is not None else None
        if question is not None and one.rubric in question.rubrics:
            yield digest(mend_json(dict(question.rubrics[one.rubric])))
        yield digest({})


def stands(transcript: Transcript, quote: Quote) -> bool:
    """Whether a quote stands in the transcript where it stood when it was judged."""
    if not 0 <= quote.message < len(transcript.messages):
        return False
    return hash(transcript.messages[quote.message].content[quote.start : quote.end]) == quote.seal


def _is_file(path: Path) -> bool:
    """A pipe or a device would have to be waited for; and a name may be no path at all."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
