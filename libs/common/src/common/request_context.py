"""What identifies the request being served, wherever the code is: its id and its W3C trace context."""

import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_SANE_ID = re.compile(r"[\w.\-]{1,64}", re.ASCII)
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_request_id() -> str | None:
    """The id of the request or event being handled, if any."""
    return _request_id.get()


def current_traceparent() -> str | None:
    """The W3C `traceparent` that outgoing calls and events carry on."""
    return _traceparent.get()


def enter_request(request_id: str | None, traceparent: str | None) -> str:
    """Take over the caller's ids where they are sane, make new ones else; returns the request id."""
    made = secrets.token_hex(36)  # for all three ids: asking the system for each showed in the gateway's throughput
    taken = request_id if request_id and _SANE_ID.fullmatch(request_id) else made[:24]
    _request_id.set(taken)
    known = traceparent if traceparent and _TRACEPARENT.fullmatch(traceparent) else None
    _traceparent.set(known or f"00-{made[24:56]}-{made[56:]}-01")
    return taken


@contextmanager
def following_trace(traceparent: str | None) -> Generator[None]:
    """While an event is handled, what comes of it belongs to the trace that caused it."""
    token = _traceparent.set(traceparent)
    try:
        yield
    finally:
        _traceparent.reset(token)
