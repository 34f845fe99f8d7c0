"""A run as one HTML page that stands alone: its own style and script by their digests, no network, all text escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, BinaryIO, Final

from judgekit.reporting.facts import calibration, facts, headline
from judgekit.reporting.leaders import best, lead, leaders
from judgekit.reporting.means import mean_table
from judgekit.reporting.pages import TEMPLATES, page_environment, policy_digest
from judgekit.reporting.plain import one_line
from judgekit.reporting.repeat import command as command_of
from judgekit.reporting.repeat import ingredients, typed
from judgekit.reporting.report_data import MAX_VERDICTS, ReportData
from judgekit.reporting.report_texts import Texts
from judgekit.reporting.speed import spent

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.question import QuestionSet
    from judgekit.running.run import Run
    from judgekit.transcript import Transcript

_SCRIPTS: Final = ("report_data.js", "report_verdict.js", "list_parts.js", "report_list.js")


def write_report(
    run: Run,
    out: BinaryIO,
    *,
    cards: Iterable[JudgeCard] = (),
    transcripts: Iterable[Transcript] | None = None,
    mapping: Mapping[str, str] | None = None,
    questions: QuestionSet | None = None,
    questions_file: str | None = None,
    command: str | None = None,
    max_verdicts: int = MAX_VERDICTS,
) -> None:
    """The report of a run, written as it is made: neither the verdicts nor their texts are held in memory.

    Args:
        run: an opened run.
        out: an open binary file.
        cards: judge cards beside those that the run holds.
        transcripts: what was judged; None: it is read again from the files that the run names, where they still are.
        mapping: from a field of a transcript to a column of those files, as when they were scored.
        questions: the questions that were asked, for what they test and to check fingerprints.
        questions_file: where they come from.
        command: what was typed to make the run; None: what the run knows of it.
        max_verdicts: how many verdicts are shown; the page says how many there are.
    """
    summary = run.summary(cards=cards)
    ahead = leaders(run, summary)
    css, *scripts = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", *_SCRIPTS))
    page = (
        page_environment()
        .get_template("report.html.j2")
        .stream(
            title=one_line(run.path.name, 120),
            lead=lead(summary, ahead),
            headline=headline(summary),
            calibration=calibration(summary),
            calibrated=set(summary.calibration.values()) == {"valid"},
            summary=summary,
            means=mean_table(summary),
            best={one.rubric: best(one) for one in ahead.values()},
            facts=facts(summary),
            spent=spent(run),
            data=ReportData(run, Texts(run, transcripts, mapping, questions), summary.verdicts, max_verdicts),
            command=typed(command) if command else command_of(run, summary, questions_file),
            repeat=ingredients(run),
            css=css,
            css_digest=policy_digest(css),
            scripts=scripts,
            script_digests=[policy_digest(one) for one in scripts],
            math=math,
        )
    )
    page.enable_buffering(64)
    page.dump(out, encoding="utf-8")
