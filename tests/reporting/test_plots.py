"""Figures: they show the numbers they were given, the same bytes each time, and no text is ever markup."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.calibration.ceiling import AnnotatorCeiling, CeilingComparison, HumanCeiling
from judgekit.calibration.classification import confusion_matrix
from judgekit.calibration.correction import corrected_mean
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.mapping_reliability import reliability_curve
from judgekit.calibration.selective import risk_coverage
from judgekit.calibration.selective_escalation import escalation_threshold
from judgekit.errors import UserError
from judgekit.reporting.plots import (
    IntervalRow,
    plot_ceiling,
    plot_confusion,
    plot_corrected,
    plot_forest,
    plot_means,
    plot_reliability,
    plot_risk_coverage,
    plot_rows,
    save_figure,
    to_svg,
)
from judgekit.reporting.plots.canvas import SMALL, word
from judgekit.running.compare import compare_runs
from judgekit.running.summary import MeanRow
from tests.reporting.cards import bare_card, estimate, full_card, nothing
from tests.reporting.made import HOSTILE
from tests.reporting.stored import stored
from tests.running.test_compare import on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

pytest.importorskip("matplotlib", reason="figures need matplotlib: the extra `report`")

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE_LABEL = " ".join(text[:30] for text in HOSTILE.values()) + r" $\frac{1}{$ $$ \input{x}"


def texts(ax: Axes) -> list[str]:
    """Every text that the figure shows, in no order."""
    root = ElementTree.fromstring(to_svg(ax, name="f", title=""))
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@cache
def drawn(name: str) -> str:
    """The figure of that name, drawn once for all tests."""
    return to_svg(FIGURES[name][0](), name="f", title="")


def ceiling() -> Axes:
    one = CeilingComparison(estimate("h", 0.61), estimate("j", 0.52), nothing("d"), nothing("r"))
    each = (AnnotatorCeiling(0, 9, 0.58, 0.5), AnnotatorCeiling(1, 9, math.nan, math.nan))
    return plot_ceiling(HumanCeiling("cohen_kappa", one, one, each, 9, 0))


def corrected(n: int = 40) -> Axes:
    y, f = [1, 1, 0, 0] * (n // 4), [1, 1, 1, 0] * (n // 4)
    return plot_corrected(corrected_mean(y, f, [1] * 300 + [0] * 100, labels_are="random"), title="True mean")


def risk(target: float | None = 0.1) -> Axes:
    confidence, agree = [0.9] * 60 + [0.6] * 40, [1] * 60 + [1, 0] * 20
    chosen = None if target is None else escalation_threshold(confidence, agree, target=target)
    return plot_risk_coverage(risk_coverage(confidence, agree), escalation=chosen, title="Risk")


def means(label: str = "Model1") -> Axes:
    rows = [
        MeanRow({"rubric": "tone", "label": label}, estimate("mean", 0.75, 0.1), 20, 1, 2, 0.65, 0.78, None),
        MeanRow({"rubric": "tone", "label": ""}, nothing("mean"), 0, 0, 0, math.nan, math.nan, None),
    ]
    return plot_means(rows)


FIGURES: dict[str, tuple[Callable[[], Axes], tuple[str, ...]]] = {
    # 4 labels 1: 3 verdicts 1, so 75 %; 2 labels 0: both right
    "confusion": (
        lambda: plot_confusion(confusion_matrix([1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 0], categories=[1, 0]), title="T"),
        ("3", "75%", "1", "25%", "2", "100%", "n=4", "n=2", "·", "verdict of the judge", "label of people"),
    ),
    "ceiling": (ceiling, ("0.61 [0.56, 0.66]", "0.52 [0.47, 0.57]", "a person", "agreement: Cohen's kappa")),
    # the doctest of corrected_mean: 0.5 by PPI++
    "corrected": (corrected, ("PPI++ (valid)", "labels alone", "judge alone (naive)", "Rogan-Gladen", "True mean")),
    "refused": (lambda: corrected(8), ("no estimate is valid here", "PPI++")),
    "reliability": (
        lambda: plot_reliability(reliability_curve([0.2, 0.2, 0.8], [0, 1, 1], bins=2), title="T"),
        ("items a bin, at most 2", "predicted share"),
    ),
    # 1 - 0.1^(1/60) = 0.0376: the doctest of escalation_threshold
    "risk": (risk, ("10 %", "allowed", "■ confidence ≥ 0.9 keeps 60%, mistakes ≤ 3.8%", "Risk")),
    "risk_none": (lambda: risk(0.001), ("0.1 %", "no threshold holds what is allowed")),
    "risk_alone": (lambda: risk(None), ("share of mistakes among them",)),
    "means": (means, ("tone", "Model1", "(no label)", "0.75 [0.65, 0.85] n=20", "undefined n=0")),
    "forest": (
        lambda: plot_forest([estimate("length", -0.3), nothing("family")], names=["length", "family"], band=0.1),
        ("length", "−0.30 [−0.35, −0.25]", "family", "undefined"),
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_shows_its_numbers(name: str) -> None:
    shown = [element.text for element in ElementTree.fromstring(drawn(name)).iter(f"{SVG}text")]
    assert [text for text in FIGURES[name][1] if text not in shown] == []


def test_a_figure_is_the_same_bytes_each_time() -> None:
    assert to_svg(FIGURES["ceiling"][0](), name="f", title="") == drawn("ceiling")


@pytest.mark.parametrize(
    "suffix", ["svg", pytest.param("pdf", marks=pytest.mark.slow), pytest.param("png", marks=pytest.mark.slow)]
)
def test_a_file_is_the_same_bytes_each_time(tmp_path: Path, suffix: str) -> None:
    a, b = (save_figure(means(), tmp_path / f"{i}.{suffix}").read_bytes() for i in range(2))
    assert a == b
    assert b"Date" not in a


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.pdf, \.svg or \.png was wanted; came 'a\.bmp'"):
        save_figure(means(), tmp_path / "a.bmp")


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"^cannot write '.*a\.svg': the folder '.*nowhere' does not exist; make it first$"
    ):
        save_figure(means(), tmp_path / "nowhere" / "a.svg")


def test_an_svg_needs_no_style_and_takes_the_colour_of_its_page() -> None:
    svg = to_svg(risk(), name="figure-risk", title="What <it> shows", description="its\x00numbers")
    root = ElementTree.fromstring(svg)
    assert not [e for e in root.iter() if "style" in e.attrib or e.tag in (f"{SVG}style", f"{SVG}metadata")]
    assert "#000000" not in svg
    assert 'stroke="currentColor"' in svg
    assert root.attrib["role"] == "img"
    assert [e.text for e in list(root)[:2]] == ["What <it> shows", "its⟨U+0000⟩numbers"]
    named = {e.attrib["id"]: e for e in root.iter() if "id" in e.attrib}
    assert root.attrib["aria-labelledby"] in named
    assert root.attrib["aria-describedby"] in named
    assert all(name.startswith("figure-risk-") for name in named)
    pointed = re.findall(r'(?:href="#|url\(#)([^")]+)', svg)
    assert pointed
    assert set(pointed) <= set(named)
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("name", FIGURES)
def test_no_type_is_too_small(name: str) -> None:
    svg = drawn(name)
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)]
    assert sizes
    assert min(sizes) >= SMALL
    width = float(re.findall(r'viewBox="0 0 ([\d.]+)', svg)[0])
    assert width == pytest.approx(3.5 * 72)  # a column of 3.5 inches: what is 8 points here is 8 points in print


def test_hostile_text_is_shown_and_nothing_else_changes() -> None:
    calm, hostile = (
        [
            plot_confusion(confusion_matrix([f"{text}{i}" for i in range(3)], [f"{text}{i}" for i in range(3)])),
            plot_forest([estimate(text, 0.5)], title=text, label=text),
            means(text),
        ]
        for text in ("calm " * 50, HOSTILE_LABEL)
    )
    for one, two in zip(calm, hostile, strict=True):
        a, b = ([e.tag for e in ElementTree.fromstring(to_svg(ax, name="f", title="")).iter()] for ax in (one, two))
        assert sorted(set(a)) == sorted(set(b))
    assert any(text.startswith("<script>alert(1)</script>") for text in texts(hostile[1]))


@pytest.mark.parametrize("text", ["$x$", r"$\frac{", "$$", r"\$", "100 % & _ # {}"])
def test_a_dollar_sign_is_no_formula(text: str) -> None:
    assert text in texts(plot_rows([IntervalRow(text, 0.5, 0.4, 0.6, "n")]))


@given(st.text(alphabet=st.characters()))
def test_a_word_fits_an_xml_file_and_its_place(text: str) -> None:
    found = word(text, 10)
    assert len(found) <= 10
    ElementTree.fromstring(f"<a>{escape(found)}</a>".encode("utf-8", "strict"))


def test_what_lies_beyond_the_axis_ends_in_an_arrow() -> None:
    # The effects make it 40 and 60 smallest effects: both beyond the widest axis, which ends at 8.
    ax = plot_forest([estimate("a", 10.0, 2.0), estimate("b", 0.1)], neutral=[0.0, 0.0], effects=[0.2, 0.1])
    assert ax.get_xlim() == (-8.0, 8.0)
    arrows = [line for line in ax.get_lines() if line.get_marker() == ">"]
    assert [np.asarray(line.get_xdata()).tolist() for line in arrows] == [[8.0]]


def test_arrows_point_both_ways() -> None:
    ax = plot_rows([IntervalRow("a", 0.5, -1.0, 2.0)], limits=(0.0, 1.0))
    assert {line.get_marker() for line in ax.get_lines()} >= {"<", ">", "o"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"names": ["a"]}, "names: one for each of 2 estimates was wanted; came 1"),
        ({"neutral": [0.0]}, "neutral: one for each of 2 estimates"),
        ({"effects": [1.0]}, "effects: one for each of 2 estimates"),
        ({"neutral": [0.0, 1.0]}, "neutral values that differ need `effects`"),
        ({"effects": [1.0, 0.0]}, "effects above 0 were wanted; came 0"),
    ],
)
def test_a_forest_that_cannot_be_drawn_says_why(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        plot_forest([estimate("a", 0.1), estimate("b", 0.2)], **options)


def test_nothing_draws_as_nothing() -> None:
    empty = risk_coverage([], [])
    for ax in (plot_forest([]), plot_forest([], neutral=None), plot_reliability([]), plot_means([])):
        assert to_svg(ax, name="f", title="t")
    assert to_svg(plot_risk_coverage(empty), name="f", title="t")
    many = np.linspace(0.0, 1.0, 50)
    assert plot_risk_coverage(risk_coverage(many, np.ones(50))).get_lines()[0].get_marker() == "None"


def test_a_figure_goes_into_axes_of_the_user_and_leaves_the_settings_alone() -> None:
    import matplotlib
    from matplotlib.figure import Figure

    before = dict(matplotlib.rcParams)
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot_forest([estimate("a", 0.1)], ax=left) is left
    assert plot_confusion(confusion_matrix([1, 2] * 8, [1, 2] * 8, categories=range(1, 10)), ax=right) is right
    assert "currentColor" in to_svg(right, name="f", title="t")
    assert dict(matplotlib.rcParams) == before
    part: Any = figure.subfigures()
    inner = part.add_subplot()
    assert 'width="460.8pt"' in to_svg(plot_forest([], ax=inner), name="f", title="t")  # the whole: 6.4 inches


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(UserError, match=r"pip install 'llm-judgekit\[report\]'"):
        plot_forest([estimate("a", 0.1)])


def test_an_estimate_without_an_interval_is_a_point() -> None:
    bare = Estimate("a", 0.5, math.nan, math.nan, 0.95, 1, 1, "none", "one unit")
    assert "0.50, no interval" in texts(plot_forest([bare]))


# Of a run, of a judge card, and of what is neither


@pytest.mark.parametrize(
    ("draw", "texts_of_it"),
    [
        (plot_ceiling, ("a person", "0.61 [0.56, 0.66]")),
        (plot_confusion, ("verdict of the judge",)),
        (plot_corrected, ("judge alone (naive)",)),
        (plot_reliability, ("predicted share",)),
        (plot_risk_coverage, ("share of verdicts kept, most confident first",)),
        (plot_forest, ("in smallest effects that matter (shaded: does not matter)",)),
    ],
)
def test_a_figure_of_a_card_needs_no_more_than_the_card(
    draw: Callable[..., Axes], texts_of_it: tuple[str, ...]
) -> None:
    shown = texts(draw(full_card()))
    assert [text for text in texts_of_it if text not in shown] == []


@pytest.mark.parametrize(
    ("draw", "lacks"),
    [
        (plot_ceiling, r"holds no human ceiling: two annotators are needed$"),
        (plot_confusion, "holds no confusion matrix"),
        (plot_corrected, "holds no estimate of the true mean"),
        (plot_reliability, "holds no reliability diagram"),
        (plot_risk_coverage, "holds no curve of mistakes"),
        (plot_forest, "holds no bias whose smallest effect is known"),
    ],
)
def test_a_card_without_it_is_one_line(draw: Callable[..., Axes], lacks: str) -> None:
    with pytest.raises(UserError, match=rf"^{draw.__name__}: the card of the judge × the rubric {lacks}") as caught:
        draw(bare_card())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [None, 3, "text", [1, 2], {"a": 1}])
@pytest.mark.parametrize(
    "draw",
    [
        plot_ceiling,
        plot_confusion,
        plot_corrected,
        plot_forest,
        plot_means,
        plot_reliability,
        plot_risk_coverage,
        plot_rows,
    ],
)
def test_what_it_cannot_draw_is_named_in_one_line(draw: Callable[..., Axes], given: Any) -> None:
    with pytest.raises(UserError, match=rf"^{draw.__name__}: wanted .*; came (NoneType|int|str|list|dict)$"):
        draw(given)


def test_axes_of_the_callers_look_like_those_that_are_made_here() -> None:
    from matplotlib.figure import Figure

    theirs = Figure().add_subplot()
    assert plot_corrected(full_card(), ax=theirs) is theirs
    assert not theirs.spines["top"].get_visible()
    assert {label.get_fontsize() for label in theirs.get_xticklabels()} == {SMALL}
    assert theirs.xaxis.label.get_fontsize() == SMALL


@pytest.mark.slow  # a process of its own
def test_pyplot_is_never_loaded() -> None:
    import subprocess
    import sys

    code = "import sys; import tests.reporting.test_plots as t; t.means(); print('matplotlib.pyplot' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stdout == "False\n"


def test_means_of_a_run_and_differences_of_two(tmp_path: Path) -> None:
    a = stored(tmp_path / "a.db", [on("q1/A", 1), on("q2/A", 3), on("q3/A", None)])
    b = stored(tmp_path / "b.db", [on("q1/A", 5, judge="x/new"), on("q2/A", 5, judge="x/new")], judge="x/new")
    shown = texts(plot_means(a))  # levels 1 and 3 of 5: scores 0 and 0.5
    assert any(text.startswith("0.25 [") and text.endswith("n=2") for text in shown)
    # B - A: 1 and 0.5
    assert any(text.startswith("0.75 [") for text in texts(plot_forest(compare_runs(a, b))))
