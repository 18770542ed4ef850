"""A token bucket per client address."""

import math
import time
from collections.abc import Callable

from gateway.errors import RateLimited

_MAX_CLIENTS = 10_000
_BURST_SECONDS = 10


class RateLimiter:
    """Lets `per_second` requests of a client through, and ten seconds' worth of them in one burst."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._burst = max(per_second * _BURST_SECONDS, 1)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens left, as of when

    def check(self, client: str) -> None:
        """Take one token; raises RateLimited where there is none."""
        if self._rate <= 0:
            return
        now = self._clock()
        left = self._tokens(client, now)
        if left < 1:
            wait = math.ceil((1 - left) / self._rate)
            raise RateLimited("Too many requests from this address.", headers={"Retry-After": str(wait)})
        if len(self._buckets) >= _MAX_CLIENTS:
            self._forget_the_idle(now)
        self._buckets[client] = (left - 1, now)

    def _tokens(self, client: str, now: float) -> float:
        tokens, since = self._buckets.get(client, (self._burst, now))
        return min(self._burst, tokens + (now - since) * self._rate)

    def _forget_the_idle(self, now: float) -> None:
        busy = {name: bucket for name, bucket in self._buckets.items() if self._tokens(name, now) < self._burst}
        # Where more clients than that are busy at once, all begin anew: memory stays bounded.
        self._buckets = busy if len(busy) < _MAX_CLIENTS else {}
