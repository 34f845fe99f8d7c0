"""Rate limits that a server enforces, with the headers that tell about them."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """A token bucket: `per_minute` units flow in each minute, `capacity` fit."""

    per_minute: float
    burst_s: float = 1.0
    level: float = field(init=False)
    filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.filled_at = self.capacity, time.monotonic()

    @property
    def capacity(self) -> float:
        """Return how much may be used at once: what flows in within burst_s, and never less than 1."""
        return max(1.0, self.per_minute * self.burst_s / 60)

    def wait_s(self, amount: float) -> float:
        """Return 0.0 if `amount` may be used now, else the seconds until it may; nothing is taken.

        An amount beyond the capacity waits for a full bucket, or it could never pass.
        """
        now = time.monotonic()
        self.level = min(self.capacity, self.level + (now - self.filled_at) * self.per_minute / 60)
        self.filled_at = now
        missing = min(amount, self.capacity) - self.level
        return max(0.0, missing * 60 / self.per_minute)

    def take(self, amount: float) -> None:
        """Use an amount; the level may fall below zero."""
        self.level -= amount


class RateLimit:
    """Requests and tokens per minute, each enforced if given."""

    def __init__(self, *, rpm: float | None, tpm: float | None, burst_s: float = 1.0) -> None:
        self.requests = Bucket(rpm, burst_s) if rpm else None
        self.tokens = Bucket(tpm, burst_s) if tpm else None

    def admit(self, tokens: int) -> float:
        """Return 0.0 and count the request, or the seconds to wait before it may come again."""
        pairs = [(bucket, amount) for bucket, amount in ((self.requests, 1), (self.tokens, tokens)) if bucket]
        wait = max((bucket.wait_s(amount) for bucket, amount in pairs), default=0.0)
        if wait == 0.0:
            for bucket, amount in pairs:
                bucket.take(amount)
        return wait

    def headers(self) -> dict[str, str]:
        """Return the x-ratelimit-* headers; none where nothing is limited."""
        found = {}
        for name, bucket in (("requests", self.requests), ("tokens", self.tokens)):
            if bucket:
                reset_s = (bucket.capacity - bucket.level) * 60 / bucket.per_minute
                found[f"x-ratelimit-limit-{name}"] = f"{bucket.per_minute:.0f}"
                found[f"x-ratelimit-remaining-{name}"] = f"{max(0.0, bucket.level):.0f}"
                found[f"x-ratelimit-reset-{name}"] = f"{max(0.0, reset_s):.3f}s"
        return found
