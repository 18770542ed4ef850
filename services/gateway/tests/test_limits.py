"""Rate limit, concurrency cap and circuit breaker, against a clock that the test turns."""

from contextlib import ExitStack

import pytest

from gateway.errors import RateLimited, ServiceOverloaded, ServiceUnavailable
from gateway.rate_limit import RateLimiter
from gateway.upstream import FAILURES_TO_OPEN, MAX_REQUESTS, MAX_STREAMS, OPEN_SECONDS, Upstream


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _ask(upstream: Upstream, *, succeeds: bool) -> None:
    with upstream.slot():
        (upstream.succeeded if succeeds else upstream.failed)()


def _opened(clock: Clock) -> Upstream:
    upstream = Upstream("projects", "http://127.0.0.1:9", clock)
    for _ in range(FAILURES_TO_OPEN):
        _ask(upstream, succeeds=False)
    return upstream


def test_breaker_opens_after_failures_in_a_row_only() -> None:
    upstream = Upstream("projects", "http://127.0.0.1:9", Clock())
    for _ in range(3):
        for _ in range(FAILURES_TO_OPEN - 1):
            _ask(upstream, succeeds=False)
        _ask(upstream, succeeds=True)
    _ask(upstream, succeeds=True)


def test_open_breaker_refuses_and_says_when_to_come_back() -> None:
    clock = Clock()
    upstream = _opened(clock)
    clock.now += OPEN_SECONDS - 0.1
    with pytest.raises(ServiceUnavailable, match="projects") as refusal, upstream.slot():
        pass
    assert refusal.value.headers == {"Retry-After": "5"}


def test_one_probe_closes_the_breaker() -> None:
    clock = Clock()
    upstream = _opened(clock)
    clock.now += OPEN_SECONDS
    with upstream.slot():
        with pytest.raises(ServiceUnavailable), upstream.slot():
            pass
        upstream.succeeded()
    _ask(upstream, succeeds=True)


def test_failed_probe_opens_the_breaker_anew() -> None:
    clock = Clock()
    upstream = _opened(clock)
    clock.now += OPEN_SECONDS
    _ask(upstream, succeeds=False)
    with pytest.raises(ServiceUnavailable), upstream.slot():
        pass


def test_probe_whose_client_leaves_makes_room_for_the_next() -> None:
    clock = Clock()
    upstream = _opened(clock)
    clock.now += OPEN_SECONDS
    with upstream.slot():
        pass
    _ask(upstream, succeeds=True)


def test_concurrency_is_capped_and_freed() -> None:
    upstream = Upstream("chat", "http://127.0.0.1:9", Clock())
    with ExitStack() as held:
        for _ in range(MAX_REQUESTS):
            held.enter_context(upstream.slot())
        with pytest.raises(ServiceOverloaded, match="chat"), upstream.slot():
            pass
    _ask(upstream, succeeds=True)


def test_streams_leave_room_for_requests_and_have_a_cap_of_their_own() -> None:
    upstream = Upstream("projects", "http://127.0.0.1:9", Clock())
    with ExitStack() as held:
        for _ in range(MAX_STREAMS):
            upstream.make_stream(held.enter_context(upstream.slot()))
        slot = held.enter_context(upstream.slot())
        with pytest.raises(ServiceOverloaded):
            upstream.make_stream(slot)
    with upstream.slot() as slot:
        upstream.make_stream(slot)


def test_rate_limit_lets_a_burst_through_and_then_the_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(2, clock)
    for _ in range(20):
        limiter.check("a")
    with pytest.raises(RateLimited) as refusal:
        limiter.check("a")
    assert refusal.value.headers == {"Retry-After": "1"}
    limiter.check("b")
    clock.now += 0.5
    limiter.check("a")
    with pytest.raises(RateLimited):
        limiter.check("a")


def test_rate_limit_forgets_idle_clients_and_keeps_busy_ones() -> None:
    clock = Clock()
    limiter = RateLimiter(0.1, clock)
    for number in range(9_999):
        limiter.check(f"idle-{number}")
    clock.now += 1000
    limiter.check("busy")
    limiter.check("newcomer")
    with pytest.raises(RateLimited):
        limiter.check("busy")


def test_no_rate_is_no_limit() -> None:
    limiter = RateLimiter(0, Clock())
    for _ in range(1000):
        limiter.check("a")
