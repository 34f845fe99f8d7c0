"""Which transcripts are labelled, by whom, and in which order: all drawn at random, from one seed."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from judgekit.errors import UserError

_SHARE = re.compile(r"0?\.[0-9]{1,9}|1\.0{1,9}")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One transcript that is to be labelled."""

    transcript_id: str
    """Its id."""
    probability: float | None = None
    """With which probability it had to be drawn, where these differ."""
    owner: str | None = None
    """The one annotator who gets it; None: everyone."""


def sample(ids: Sequence[str], k: int | None, *, seed: int) -> list[str]:
    """So many of the ids, each as likely as any other; all of them where k is None.

    Raises:
        UserError: there are fewer than k.
    """
    if k is None:
        return list(ids)
    if k > len(ids):
        raise UserError(f"--sample {k}: there are {len(ids)} transcripts; ask for 1 to {len(ids)} of them")
    places = np.random.default_rng(_number("sample", seed)).choice(len(ids), size=k, replace=False)
    return [ids[place] for place in sorted(places.tolist())]


def shared_count(overlap: str, n: int) -> int:
    """How many of n transcripts everyone labels: `all`, a number of them, or a share such as 0.2.

    Raises:
        UserError: it is none of these, or more than n.

    >>> [shared_count(one, 50) for one in ("all", "10", "0.2")]
    [50, 10, 10]
    """
    if overlap == "all":
        return n
    if _SHARE.fullmatch(overlap):
        return round(float(overlap) * n)
    if re.fullmatch(r"[0-9]{1,9}", overlap) and int(overlap) <= n:
        return int(overlap)
    raise UserError(f"--overlap: all, a share such as 0.2, or 0 to {n} transcripts were wanted; came {overlap!r}")


def deal(
    ids: Sequence[str], annotators: Sequence[str], overlap: str, *, seed: int, probability: Mapping[str, float]
) -> list[Drawn]:
    """Every transcript with its owner: those that everyone labels, and the others one after another to each.

    Args:
        ids: the transcripts.
        annotators: who labels; needed where not everyone labels everything.
        overlap: as `shared_count` reads it.
        seed: of the draw.
        probability: of those that were drawn with unequal ones.

    Raises:
        UserError: nobody is named to deal to, or see `shared_count`.

    >>> dealt = deal(["a", "b", "c", "d"], ["anna", "ben"], "2", seed=0, probability={})
    >>> sorted(one.owner or "everyone" for one in dealt)
    ['anna', 'ben', 'everyone', 'everyone']
    """
    shared = shared_count(overlap, len(ids))
    if shared < len(ids) and len(annotators) < 2:
        raise UserError(
            f"--overlap {overlap}: the other transcripts are dealt out; say to whom: --annotator anna --annotator ben"
        )
    order = np.random.default_rng(_number("deal", seed)).permutation(len(ids)).tolist()
    owners: dict[int, str] = {place: annotators[turn % len(annotators)] for turn, place in enumerate(order[shared:])}
    return [Drawn(name, probability.get(name), owners.get(place)) for place, name in enumerate(ids)]


def order_for(annotator: str, places: Collection[int], *, seed: int) -> list[int]:
    """The places in an order of this annotator's own.

    >>> order_for("anna", range(5), seed=0) == order_for("anna", range(5), seed=0)
    True
    """
    listed = sorted(places)
    order = np.random.default_rng(_number(f"order {annotator}", seed)).permutation(len(listed)).tolist()
    return [listed[place] for place in order]


def _number(purpose: str, seed: int) -> int:
    return int.from_bytes(sha256(f"{purpose} {seed}".encode()).digest()[:8])
