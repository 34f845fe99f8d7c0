"""A run as one HTML page that stands alone: no script, no network, everything foreign escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from judgekit.reporting.facts import calibration, facts, headline
from judgekit.reporting.means import mean_table
from judgekit.reporting.pages import TEMPLATES, page_environment, style_digest
from judgekit.reporting.plain import dollars, number, one_line, visible

if TYPE_CHECKING:
    from jinja2 import Environment

    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.running.run import Run
    from judgekit.verdict import Verdict

MAX_VERDICTS = 1000
"""How many verdicts of each status a page shows: browsers grow slow beyond; the export has them all."""
MAX_TEXT = 2000
"""Characters of one foreign text that a page shows; what is longer says how long it is."""


def write_report(run: Run, out: BinaryIO, *, max_verdicts: int = MAX_VERDICTS, cards: Iterable[JudgeCard] = ()) -> None:
    """The report of a run, written as it is made: only one verdict is held at a time.

    Args:
        run: an opened run.
        out: an open binary file.
        max_verdicts: how many verdicts are shown; the page says how many there are.
        cards: judge cards beside those that the run holds.
    """
    summary = run.summary(cards=cards)
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    page = (
        _environment()
        .get_template("report.html.j2")
        .stream(
            headline=headline(summary),
            calibration=calibration(summary),
            calibrated=set(summary.calibration.values()) == {"valid"},
            summary=summary,
            means=mean_table(summary),
            facts=facts(summary),
            failed=partial(_shown, run, max_verdicts, status="failed"),
            verdicts=partial(_shown, run, max_verdicts),
            max_verdicts=max_verdicts,
            repeat=_repeat(run),
            css=css,
            css_digest=style_digest(css),
            math=math,
        )
    )
    page.enable_buffering(64)
    page.dump(out, encoding="utf-8")


def _shown(run: Run, limit: int, **filters: Any) -> Iterator[Verdict]:
    return islice(run.verdicts(**filters), limit)


def _repeat(run: Run) -> dict[str, str]:
    """What has to be the same for the same fingerprints, as far as the run knows it."""
    meta = run.meta
    rubrics = (
        f"{name} {rubric['version']}, fingerprint {rubric['fingerprint']}" for name, rubric in meta["rubrics"].items()
    )
    known = {
        "judge": meta.get("judge"),
        "endpoint": meta.get("base_url"),
        "parameters": meta.get("parameters"),
        "rubrics": "\n".join(rubrics),
        "transcripts": "\n".join(meta.get("sources") or ()),
        "judgekit": meta.get("judgekit"),
        "last scored": meta.get("started"),
        "run": meta.get("path"),
    }
    return {name: _compact(value, keep_lines=True) for name, value in known.items() if value}


def _environment() -> Environment:
    environment = page_environment()
    environment.filters.update(
        visible=partial(visible, limit=MAX_TEXT),
        line=partial(one_line, limit=200),
        number=number,
        dollars=dollars,
        compact=_compact,
    )
    return environment


def _compact(value: Any, *, keep_lines: bool = False) -> str:
    """A JSON value, cut like any other foreign text."""
    import orjson

    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return visible(text, MAX_TEXT) if keep_lines else one_line(text, MAX_TEXT)
