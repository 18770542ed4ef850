"""Asking another service over HTTP: a deadline for everything, one retry where it does no harm, a circuit breaker."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import structlog

from common.request_context import current_request_id, current_traceparent

log = structlog.get_logger(__name__)

_CONNECT_SECONDS = 2.0
_PAUSE_SECONDS = 0.1  # before the second attempt
_ABSENT = frozenset({502, 503, 504})


class ServiceUnavailable(Exception):
    """The service gave no usable answer: unreachable, too slow, failing (5xx), or given a rest after failing."""

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason


class CircuitBreaker:
    """Opens after `threshold` failures in a row; `rest` seconds later one probe at a time is let through."""

    def __init__(self, threshold: int = 5, rest: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._threshold = threshold
        self._rest = rest
        self._clock = clock
        self._failures = 0
        self._retry_at = 0.0

    def allows(self) -> bool:
        """Whether to ask now. While it is open, saying yes counts as the probe: the next one waits for its own rest."""
        if self._failures < self._threshold:
            return True
        now = self._clock()
        if now < self._retry_at:
            return False
        self._retry_at = now + self._rest
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._retry_at = self._clock() + self._rest


class ServiceClient:
    """One other service. Answers below 500 are the caller's to judge; everything else is ServiceUnavailable."""

    def __init__(
        self, service: str, base_url: str, *, deadline: float = 15.0, breaker: CircuitBreaker | None = None
    ) -> None:
        self.service = service
        self._deadline = deadline
        self._breaker = breaker or CircuitBreaker()
        # No proxy from the environment: services are neighbours. Cookies are never kept: the callers differ.
        self._http = httpx.AsyncClient(
            base_url=base_url, trust_env=False, timeout=httpx.Timeout(deadline, connect=_CONNECT_SECONDS)
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
    ) -> httpx.Response:
        """Ask once, or twice where that changes nothing (`idempotent`; GET and HEAD are by themselves).

        The request id and trace context of the request being served go along. Raises ServiceUnavailable, within the
        deadline.
        """
        if not self._breaker.allows():
            raise ServiceUnavailable(self.service, "resting after repeated failures")
        repeatable = method in {"GET", "HEAD"} if idempotent is None else idempotent
        sent = _context() | dict(headers or {})
        request = self._http.build_request(method, path, json=json, params=params, headers=sent)
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._send(request, repeatable=repeatable)
        except (TimeoutError, httpx.HTTPError) as error:
            self._failed(request, type(error).__name__)
            raise ServiceUnavailable(self.service, type(error).__name__) from error
        if answer.status_code in _ABSENT:
            self._failed(request, str(answer.status_code))
        else:
            self._breaker.succeeded()  # a 500 may be the fault of this one question
        if answer.status_code >= 500:
            raise ServiceUnavailable(self.service, f"answered {answer.status_code}")
        return answer

    async def _send(self, request: httpx.Request, *, repeatable: bool) -> httpx.Response:
        try:
            answer = await self._http.send(request)
            if answer.status_code not in _ABSENT or not repeatable:
                return answer
        except httpx.TransportError as error:
            never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            if not never_sent and (not repeatable or isinstance(error, httpx.TimeoutException)):
                raise
        finally:
            self._http.cookies.clear()
        await asyncio.sleep(_PAUSE_SECONDS)
        return await self._http.send(request)

    def _failed(self, request: httpx.Request, reason: str) -> None:
        self._breaker.failed()
        log.warning("service.unavailable", asked=self.service, path=request.url.path, reason=reason)


def _context() -> dict[str, str]:
    known = {"X-Request-ID": current_request_id(), "traceparent": current_traceparent()}
    return {name: value for name, value in known.items() if value}
