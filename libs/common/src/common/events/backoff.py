"""Growing, jittered delays."""

import asyncio
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter: after failure n the delay is uniform in 0 … min(cap, base·2^(n-1)) seconds."""

    base: float
    cap: float

    def delay(self, failures: int) -> float:
        # The exponent is bounded because a float overflows at 2^1024 after a long outage.
        return random.uniform(0, min(self.cap, self.base * 2 ** min(failures - 1, 60)))  # noqa: S311 - no secret


async def woken(event: asyncio.Event, seconds: float) -> None:
    """Wait until `event` is set, at most `seconds`; clears it."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    event.clear()
