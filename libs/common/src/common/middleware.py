"""Request id, one log line and one measurement per request, as plain ASGI (streams pass untouched)."""

import time

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.problems import unforeseen
from common.request_context import enter_request

log = structlog.get_logger(__name__)

REQUESTS = Counter("http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("http_request_seconds", "Time until the answer ended, in seconds", ["method", "route"])
_QUIET = ("/metrics", "/api/health", "/api/openapi.json", "/api/asyncapi.json")


class RequestMiddleware:
    """Wraps the whole application; must be the outermost layer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = enter_request(headers.get("x-request-id"), headers.get("traceparent"))
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception:
            # Answered here and not by Starlette's own outermost layer, so that this answer has its id and log line too.
            if status:
                raise
            log.exception("request.failed", path=scope["path"])
            await unforeseen(scope["path"])(scope, receive, send_with_id)
        finally:
            record(scope, status, time.perf_counter() - started)


def record(scope: Scope, status: int, seconds: float) -> None:
    """Count and log one answered request; what machines ask every few seconds is counted only."""
    route = getattr(scope.get("route"), "path", "unmatched")
    REQUESTS.labels(scope["method"], route, str(status)).inc()
    SECONDS.labels(scope["method"], route).observe(seconds)
    if not scope["path"].startswith(_QUIET):
        log.info(
            "request.served",
            method=scope["method"],
            path=scope["path"],
            status=status,
            duration_ms=round(seconds * 1000, 1),
        )
