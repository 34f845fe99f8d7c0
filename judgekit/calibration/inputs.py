"""What the calibration functions accept, said once: numbers, clusters, paired answers, a level.

scores        a vector of numbers; text is a UserError, never a guess
unit_index    which independent unit each item belongs to
check_level   the confidence of an interval
paired        two vectors of numbers without the pairs of which one is missing
Coded, coded  labels and verdicts as places in one list of categories
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Values = ArrayLike | Sequence[object]

Category = str | int | float
"""One answer of a scale, as the caller spells it."""


def check_level(level: float, what: str) -> None:
    """Refuse a level that is no confidence, such as 95.

    Raises:
        UserError: the level is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise UserError(f"{what}: a level between 0 and 1 was wanted, such as 0.95; came {level:g}")


def scores(values: Values, what: str, *, missing: bool = True) -> Floats:
    """The values as a vector of numbers; nan and None are missing.

    Args:
        values: (n,), numbers or yes/no.
        what: what they are called in a message, such as `mean_bias: labels`.
        missing: whether nan is allowed.

    Raises:
        UserError: text, an infinite number, more than one dimension, or nan where none is allowed.
    """
    raw = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    if raw.ndim != 1:
        raise UserError(f"{what}: one value an item was wanted; came an array with the shape {raw.shape}")
    if raw.dtype.kind not in "biuf":
        text = next((x for x in raw if isinstance(x, str | bytes)), None)
        if text is not None:
            raise UserError(f"{what}: numbers were wanted, and {text!r} came as text; map answers to numbers first")
        raw = np.where(_absent(raw), np.nan, raw)
    try:
        x = np.asarray(raw, dtype=float)
    except (TypeError, ValueError) as error:
        raise UserError(f"{what}: numbers were wanted; {error}") from None
    if bool(np.isinf(x).any()):
        raise UserError(f"{what}: finite numbers were wanted, and an infinite one came")
    if not missing and bool(np.isnan(x).any()):
        count = int(np.isnan(x).sum())
        raise UserError(f"{what}: {count} of {x.size} values are missing; leave these items out, and say how many")
    return x


def same_length(what: str, **vectors: Any) -> None:
    """Refuse vectors of different lengths.

    Raises:
        UserError: names each vector with its length.
    """
    sizes = {name: len(v) for name, v in vectors.items() if v is not None}
    if len(set(sizes.values())) > 1:
        came = ", ".join(f"{n} {name}" for name, n in sizes.items())
        raise UserError(f"{what}: one value an item was wanted in each; came {came}")


def unit_index(clusters: Values | None, n: int, what: str) -> Ints:
    """The independent unit of each item, 0..G-1; without clusters, each item is its own.

    Raises:
        UserError: the lengths differ, or a cluster is missing.
    """
    if clusters is None:
        return np.arange(n)
    names = np.asarray(_objects(clusters))
    if names.size != n:
        raise UserError(f"{what}: a cluster for each item was wanted; came {n} items, {names.size} clusters")
    if bool(_absent(names).any()):
        raise UserError(f"{what}: a cluster for each item was wanted, and one is missing; name it, or drop its items")
    plain = names if names.dtype.kind in "biuf" else names.astype(str)
    return np.unique(plain, return_inverse=True)[1].reshape(-1)


def paired(labels: Values, verdicts: Values, clusters: Values | None, what: str) -> tuple[Floats, Floats, Ints, int]:
    """Labels, verdicts and units without the pairs of which one is missing, and how many these were.

    Raises:
        UserError: text, an infinite number, or lengths that differ.
    """
    y, f = scores(labels, f"{what}: labels"), scores(verdicts, f"{what}: verdicts")
    same_length(what, labels=y, verdicts=f)
    unit = unit_index(clusters, y.size, what)
    both = ~(np.isnan(y) | np.isnan(f))
    return y[both], f[both], np.unique(unit[both], return_inverse=True)[1].reshape(-1), int((~both).sum())


def left_out(missing: int) -> str:
    """The note where pairs were incomplete; empty where none was."""
    return f"{missing} incomplete {'pair' if missing == 1 else 'pairs'} left out" if missing else ""


@dataclass(frozen=True, slots=True)
class Coded:
    """Labels and verdicts as places in `categories`, complete pairs only."""

    categories: tuple[Category, ...]
    """The scale, in the caller's order; else what was seen, sorted."""
    label: Ints
    """(n,), the place of each label."""
    verdict: Ints
    """(n,), the place of each verdict."""
    unit: Ints
    """(n,), the independent unit of each pair, 0..G-1."""
    missing: int
    """How many pairs were left out because one of the two is missing."""


def coded(
    labels: Values,
    verdicts: Values,
    *,
    categories: Sequence[Category] | None = None,
    clusters: Values | None = None,
    what: str,
) -> Coded:
    """The pairs of a label and a verdict, as places in one list of categories.

    Raises:
        UserError: one side is text and the other numbers, a value is outside the categories, or lengths differ.
    """
    a, b = _objects(labels), _objects(verdicts)
    same_length(what, labels=a, verdicts=b)
    unit = unit_index(clusters, len(a), what)
    both = ~(_absent(a) | _absent(b))
    a, b = a[both], b[both]
    sides = {"labels": a, "verdicts": b}
    if categories is not None:
        sides["categories"] = np.asarray(list(categories), dtype=object)
    kinds = {name: _kind(side, f"{what}: {name}") for name, side in sides.items() if len(side)}
    if len(set(kinds.values())) > 1:
        came = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        raise UserError(f"{what}: labels and verdicts of one kind were wanted; came {came}; convert one of them")
    form = np.str_ if "text" in kinds.values() else np.float64
    values: NDArray[Any] = np.concatenate([a, b]).astype(form)
    seen, place = np.unique(values, return_inverse=True)
    if categories is not None:
        scale: NDArray[Any] = np.asarray(list(categories)).astype(form)
        place = _places(seen, scale, what)[place]
        names = tuple(categories)
    else:
        names = tuple(_plain(x) for x in seen)
    place = place.reshape(-1)
    kept = np.unique(unit[both], return_inverse=True)[1].reshape(-1)
    return Coded(names, place[: len(a)], place[len(a) :], kept, int((~both).sum()))


def _places(seen: NDArray[Any], scale: NDArray[Any], what: str) -> Ints:
    order = np.argsort(scale, kind="stable")
    if np.unique(scale).size != scale.size:
        raise UserError(f"{what}: each category once was wanted; came {_plain(scale[order][0])!r} or another one twice")
    at = np.minimum(np.searchsorted(scale, seen, sorter=order), scale.size - 1) if scale.size else np.zeros(0, int)
    wrong = seen if not scale.size else seen[scale[order][at] != seen]
    if wrong.size:
        known = ", ".join(repr(_plain(x)) for x in scale[:8])
        raise UserError(
            f"{what}: one of the categories {known} was wanted, and {_plain(wrong[0])!r} came; "
            "off-scale answers are failures: leave them out, and say how many"
        )
    return order[at]


def _objects(values: Values) -> NDArray[Any]:
    # A list of text with a nan in it would become the text 'nan' in a plain conversion.
    raw = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    if raw.ndim != 1:
        raise UserError(f"one value an item was wanted; came an array with the shape {raw.shape}")
    return raw


def _absent(raw: NDArray[Any]) -> NDArray[np.bool_]:
    if raw.dtype.kind == "f":
        return np.asarray(np.isnan(raw))
    if raw.dtype.kind != "O":
        return np.zeros(raw.size, dtype=bool)
    return np.fromiter((_is_absent(x) for x in raw), dtype=bool, count=raw.size)


def _is_absent(x: Any) -> bool:
    try:
        return x is None or bool(x != x)
    except (TypeError, ValueError):  # the missing value of pandas is neither equal to itself nor not
        return type(x).__name__ == "NAType"


def _kind(raw: NDArray[Any], what: str) -> str:
    if raw.dtype.kind in "biuf":
        return "numbers"
    if raw.dtype.kind == "U":
        return "text"
    texts = sum(isinstance(x, str) for x in raw)
    if texts not in (0, len(raw)):
        raise UserError(f"{what}: text or numbers were wanted, and both came; convert one of them")
    if texts:
        return "text"
    try:
        np.asarray(raw, dtype=float)
    except (TypeError, ValueError):
        raise UserError(f"{what}: text or numbers were wanted; came {type(raw[0]).__name__}") from None
    return "numbers"


def _plain(x: Any) -> Category:
    if isinstance(x, str):
        return str(x)
    return int(x) if math.isfinite(x) and float(x).is_integer() else float(x)
