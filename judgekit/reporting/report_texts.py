"""The texts that were judged, read again from where they came from, and held against what was judged.

A run may come from anybody, and the page may go to anybody: of a file that only the run names, and that lies neither
under the run's folder nor under the current one, no text is shown but what the fingerprints prove to be the judged one,
and nothing that an error says of it. Whoever made the run knows that text already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import orjson

from judgekit.errors import JudgekitError, UserError
from judgekit.noun import digest, mend_json
from judgekit.reporting.plain import count, one_line
from judgekit.reporting.report_rows import Quote, Wanted
from judgekit.running.schema import reading
from judgekit.running.sessions import COLUMNS, columns_of

if TYPE_CHECKING:
    from judgekit.question import QuestionSet
    from judgekit.running.run import Run
    from judgekit.transcript import Transcript

Same = Literal["fingerprint", "quotes", "changed", "unknown"]
"""How it is known that a text is the one that was judged: by its fingerprint, by quotes that stand where they stood;
`changed`: it is another one; `unknown`: the verdict has no quote, and the inputs of its fingerprint are not at hand."""
_FAR = "outside the folders of the run and of this command"
_UNPROVEN = (
    f"not shown: their files are {_FAR}, and no fingerprint proves that they are what was judged; "
    "`judgekit report RUN --transcripts SOURCE` shows them, and --questions FILE may prove them"
)
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
    _far: bool = False
    """Whether what is read now is of a file that the run must not choose."""

    def __post_init__(self) -> None:
        with reading(self.run.path) as db:
            query = "SELECT c.rubric, s.base FROM current_settings c JOIN settings s ON s.id = c.id"
            self._bases = dict(db.execute(query))

    def read(self, wanted: Mapping[str, Sequence[Wanted]]) -> Iterator[Transcript]:
        """The transcripts that are wanted, in the order of their source; it is read no further than needed.

        What cannot be read is no error, for the verdicts are there: `problem` says it.
        """
        missing = set(wanted)
        hidden = set[str]()
        try:
            for transcript in self._all() if missing else ():
                if transcript.id in missing:
                    if self._far and not self._is_proven(transcript, wanted[transcript.id]):
                        hidden.add(transcript.id)
                        continue
                    missing.remove(transcript.id)
                    yield transcript
                    if not missing:
                        break
        except JudgekitError as error:
            self.problem = f"the transcripts cannot be read: {one_line(str(error), 300)}; {_WITHOUT}"
        else:
            if (lost := missing - hidden) and not self.problem:
                here = "this page is" if len(lost) == 1 else "this page are"
                self.problem = f"{count(len(lost), 'transcript')} of {here} not in {self.named}"
                if len(lost) == len(wanted):
                    self.problem += "; where its columns have other names: `judgekit report RUN --map FIELD=COLUMN`"
        if hidden := hidden & missing:
            texts = count(len(hidden), "text is", "texts are")
            self.problem = "; ".join(filter(None, (self.problem, f"{texts} {_UNPROVEN}")))

    def _is_proven(self, transcript: Transcript, wanted: Iterable[Wanted]) -> bool:
        """Whether the text is the one that was judged, for sure: quotes of one letter stand in many a text."""
        return any(self.same(transcript, one) == "fingerprint" for one in wanted)

    def _all(self) -> Iterable[Transcript]:
        if self.given is not None:
            self.sources = tuple(getattr(self.given, "sources", ()))
            return self.given
        found = self._recorded()
        self.sources = tuple(found)
        return self._read_recorded(found)

    def _read_recorded(self, found: Mapping[str, Mapping[str, str]]) -> Iterator[Transcript]:
        from judgekit.io import load_transcripts

        for (columns, far), files in groupby(found, key=lambda file: (found[file], self._is_far(Path(file)))):
            self._far = far
            named = list(files)
            try:
                # A row that cannot be read now was not judged either, or the run would have stopped at it.
                yield from load_transcripts(named, mapping=columns, skip_bad=True)
            except JudgekitError:
                if not far:
                    raise
                raise UserError(f"{named[0]} or what follows it is no file of transcripts, and is {_FAR}") from None

    def _is_far(self, file: Path) -> bool:
        """Whether a file lies, links followed, neither under the run's folder nor under the current one."""
        real = file.resolve()
        return not any(real.is_relative_to(near.resolve()) for near in (self.run.path.parent, Path()))

    def _is_there(self, place: Path) -> bool:
        """Whether it can be read at once: a pipe or a device would be waited for, and so may what says it is empty."""
        try:
            return place.is_file() and (place.stat().st_size > 0 or not self._is_far(place))
        except (OSError, ValueError):  # a name may be no path at all
            return False

    @property
    def named(self) -> str:
        """The files in a few words."""
        more = f" and {len(self.sources) - 3} more" if len(self.sources) > 3 else ""
        return ", ".join(one_line(file, 120) for file in self.sources[:3]) + more or "what was given"

    def _recorded(self) -> dict[str, Mapping[str, str]]:
        """The files that the run's sessions name, the last one's first, each where it was or beside the run; and the
        mapping under which it was judged, unless another one is given.
        """
        with reading(self.run.path) as db:
            columns = columns_of(db)
        sources = _sources(self.run)
        if not sources:
            self.problem = f"the run does not name the files of its transcripts; {_WITHOUT}"
        found: dict[str, Mapping[str, str]] = {}
        gone = []
        for source in sources:
            there = next((str(place) for place in _places(self.run, source) if self._is_there(place)), None)
            if there is None:
                gone.append(one_line(source, 200))
            else:
                found.setdefault(there, self.mapping or columns.get(source, {}))
        if gone:
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            self.problem = f"not a file any more: {gone[0]}{more}; {_WITHOUT}"
        return found

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


def named_files(*runs: Run) -> list[str]:
    """The files that these runs name as their sources, as far as they are there: no page may be written over one."""
    return [str(place) for run in runs for source in _sources(run) for place in _places(run, source) if _exists(place)]


def _sources(run: Run) -> list[str]:
    """What the run's sessions name as sources, the last one's first."""
    with reading(run.path) as db:
        sessions = db.execute("SELECT sources FROM sessions ORDER BY id DESC").fetchall()
    return list(dict.fromkeys(source for (named,) in sessions for source in orjson.loads(named)))


def _places(run: Run, source: str) -> tuple[Path, ...]:
    """Where a source may be: where it was, or beside the run."""
    return Path(source), run.path.parent / source, run.path.parent / Path(source).name


def _exists(place: Path) -> bool:
    try:
        return place.is_file()
    except (OSError, ValueError):  # a name may be no path at all
        return False


def recorded_mapping(*runs: Run) -> Mapping[str, str] | None:
    """From a field to its column, as the transcripts of these runs were read; None: there is not exactly one such."""
    found = [mapping for run in runs for mapping in run.meta[COLUMNS].values()]
    return found[0] if found and all(mapping == found[0] for mapping in found) else None


def stands(transcript: Transcript, quote: Quote) -> bool:
    """Whether a quote stands in the transcript where it stood when it was judged."""
    if not 0 <= quote.message < len(transcript.messages):
        return False
    return hash(transcript.messages[quote.message].content[quote.start : quote.end]) == quote.seal
