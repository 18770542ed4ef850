"""One service as seen from the gateway: its address, how much it is asked at once, and whether it answers at all."""

import time
from collections.abc import Callable
from typing import Self

import structlog

from gateway.errors import ServiceOverloaded, ServiceUnavailable

log = structlog.get_logger(__name__)

MAX_REQUESTS = 256
MAX_STREAMS = 1024
FAILURES_TO_OPEN = 5
OPEN_SECONDS = 5.0


class Slot:
    """One request's share of an upstream while its `with` block runs."""

    # Every request passes here: a generator in the place of these methods would show in the throughput.
    __slots__ = ("_upstream", "is_probe", "is_stream")

    def __init__(self, upstream: "Upstream") -> None:
        self._upstream = upstream
        self.is_probe = False
        self.is_stream = False

    def __enter__(self) -> Self:
        """Raises ServiceUnavailable or ServiceOverloaded."""
        self._upstream.admit(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._upstream.release(self)


class Upstream:
    """Concurrency cap and circuit breaker.

    After FAILURES_TO_OPEN failures in a row the breaker opens: requests are refused at once for OPEN_SECONDS, then one
    request probes; the others wait for its outcome by being refused.
    """

    def __init__(self, service: str, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.service = service
        self.url = url
        self._clock = clock
        self._requests = 0
        self._streams = 0
        self._failures = 0
        self._open_until: float | None = None
        self._is_probed = False

    def slot(self) -> Slot:
        """A place for one request, held while its `with` block runs."""
        return Slot(self)

    def admit(self, slot: Slot) -> None:
        """Let one request in; raises ServiceUnavailable or ServiceOverloaded."""
        slot.is_probe = self._pass_breaker()
        if self._requests >= MAX_REQUESTS:
            raise self._overloaded()
        self._requests += 1
        self._is_probed = self._is_probed or slot.is_probe

    def release(self, slot: Slot) -> None:
        """Take back the place that `admit` gave."""
        self._requests -= not slot.is_stream
        self._streams -= slot.is_stream
        if slot.is_probe:
            self._is_probed = False

    def make_stream(self, slot: Slot) -> None:
        """Count the request as an endless answer from here on; raises ServiceOverloaded."""
        if self._streams >= MAX_STREAMS:
            raise self._overloaded()
        slot.is_stream = True
        self._requests -= 1
        self._streams += 1

    def succeeded(self) -> None:
        """The service answered (with whatever status): the breaker closes."""
        if self._open_until is not None:
            log.info("upstream.recovered", upstream=self.service)
        self._failures = 0
        self._open_until = None

    def failed(self) -> None:
        """The service couldn't be reached, broke off or didn't answer in time."""
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            self._open_until = self._clock() + OPEN_SECONDS
            log.warning("upstream.given_up", upstream=self.service, failures=self._failures)

    def unavailable(self) -> ServiceUnavailable:
        """What callers are told while the service can't be reached."""
        return ServiceUnavailable(
            f"The {self.service} service is not available at the moment.",
            headers={"Retry-After": str(round(OPEN_SECONDS))},
        )

    def _pass_breaker(self) -> bool:
        if self._open_until is None:
            return False
        if self._is_probed or self._clock() < self._open_until:
            raise self.unavailable()
        return True

    def _overloaded(self) -> ServiceOverloaded:
        return ServiceOverloaded(
            f"The {self.service} service has as many requests as it takes.", headers={"Retry-After": "1"}
        )
