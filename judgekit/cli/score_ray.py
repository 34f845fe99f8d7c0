"""`judgekit score --engine`: which one, and what only one of them can do."""

from __future__ import annotations

from judgekit.errors import UserError


def on_ray(engine: str, *, actors: int | None, budget: float | None, batch: bool) -> bool:
    """Whether the run is on Ray.

    Raises:
        UserError: there is no such engine, or it does not do what is wanted.

    >>> on_ray("asyncio", actors=None, budget=5.0, batch=False)
    False
    """
    if engine not in ("asyncio", "ray"):
        raise UserError(
            f"--engine {engine!r} is not known: wanted asyncio (this process, the default) or ray (a cluster)"
        )
    if engine == "asyncio":
        if actors is not None:
            raise UserError("--actors is for --engine ray; one process takes --concurrency alone")
        return False
    for option, given in (("--budget", budget is not None), ("--batch", batch)):
        if given:
            raise UserError(f"{option} needs one process: leave --engine ray out, or hold the run in bounds by --limit")
    return True
