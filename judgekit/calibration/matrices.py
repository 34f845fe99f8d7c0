"""What the functions that take several raters or systems accept: a matrix of numbers, nan where there is no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Values


def matrix(values: Values, what: str, *, columns: str = "a rater") -> Floats:
    """The values as a matrix of numbers; nan and None are missing.

    Args:
        values: (n_items, n_columns), numbers or yes/no.
        what: what they are called in a message, such as `alt_test: human_ratings`.
        columns: what a column is, for the message.

    Raises:
        UserError: text, an infinite number, rows of different lengths, or not two dimensions.

    >>> matrix([[1, None], [2, 3]], "ratings").tolist()
    [[1.0, nan], [2.0, 3.0]]
    """
    try:
        raw = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    except ValueError as error:
        raise UserError(f"{what}: rows of one length were wanted; {error}") from None
    if raw.ndim != 2:
        raise UserError(f"{what}: a row an item and a column {columns[2:]} were wanted; came the shape {raw.shape}")
    if raw.dtype.kind not in "biuf":
        text = next((x for x in raw.flat if isinstance(x, str | bytes)), None)
        if text is not None:
            raise UserError(f"{what}: numbers were wanted, and {text!r} came as text; map answers to numbers first")
    try:
        x = np.asarray(raw, dtype=float)
    except (TypeError, ValueError) as error:
        raise UserError(f"{what}: numbers were wanted; {error}") from None
    if bool(np.isinf(x).any()):
        raise UserError(f"{what}: finite numbers were wanted, and an infinite one came")
    return x


def same_rows(what: str, n: int, **others: int) -> None:
    """Refuse arrays of which one has another number of items than n.

    Raises:
        UserError: names the array with its length.
    """
    for name, size in others.items():
        if size != n:
            raise UserError(f"{what}: one row an item was wanted in each; came {n} items, {size} in {name}")
