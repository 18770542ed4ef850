"""The gateway: a forwarder in front of a small application of its own, both behind the guard."""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import lru_cache

import structlog
from fastapi import FastAPI, HTTPException
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from pydantic import ValidationError
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.api_docs import install_api_docs
from common.health import health_router
from common.identity import TokenSigner
from common.logging import configure_logging
from common.middleware import REQUESTS, SECONDS, record
from common.openapi import openapi_document, operation_id
from common.problems import InvalidRequest, Problem, install_problem_handlers, problems, unforeseen
from common.request_context import enter_request
from common.version import VERSION
from gateway.catalog import DESCRIPTION, TITLE, Catalog
from gateway.errors import problem_answer
from gateway.forwarding import Forwarder, open_session
from gateway.guard import Guard
from gateway.identity import LOCAL_ADMIN, Tokens
from gateway.rate_limit import RateLimiter
from gateway.router import router
from gateway.routing import Route, route_request
from gateway.services import Services
from gateway.settings import Settings, is_loopback
from gateway.upstream import Upstream
from gateway.web import load_web_client

log = structlog.get_logger(__name__)

_TAGS = [{"name": "gateway", "description": "The state of the whole, and who one is"}]
_EXPOSED_HEADERS = ["Content-Disposition", "Location", "Retry-After", "X-Request-ID", "Mcp-Session-Id"]
_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_DIFFERS_BY_ORIGIN = (b"vary", b"Origin")
_OWN_HEADERS = [
    (b"cross-origin-resource-policy", b"same-site"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]


def load_settings() -> Settings:
    """The settings of the environment; such as don't fit together end the process with one sentence."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue] - the environment fills it
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(f"GATEWAY_{part}".upper() for part in first["loc"])
        sys.exit(": ".join(part for part in (where, first["msg"].removeprefix("Value error, ")) if part))


def create_app(settings: Settings) -> ASGIApp:
    """The gateway as a plain ASGI application."""
    configure_logging("gateway", json_lines=settings.log_json, level=settings.log_level)
    return Gateway(settings)


class Gateway:
    """Request id, guard, CORS and rate limit; then a service, the web client or the gateway's own API answers."""

    def __init__(self, settings: Settings) -> None:
        self._guard = Guard(settings.allowed_hosts, settings.cors_origins)
        self._limiter = RateLimiter(settings.requests_per_second)
        self._cors = CORSMiddleware(
            self._serve,
            allow_origins=settings.cors_origins,
            allow_credentials=True,
            allow_methods=_METHODS,
            allow_headers=["*"],
            expose_headers=_EXPOSED_HEADERS,
        )
        self._own = create_own_app(settings)
        self._web = load_web_client(settings.web_dir)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._own(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._enter(scope, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        request_id = enter_request(_text(headers, b"x-request-id"), _text(headers, b"traceparent"))
        is_from_page = b"origin" in headers
        edge_headers = [(b"x-request-id", request_id.encode()), _NO_SNIFFING]
        if not is_from_page:
            edge_headers.append(_DIFFERS_BY_ORIGIN)  # the CORS layer says it to pages
        started = time.perf_counter()
        status = 0

        async def send_from_edge(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *edge_headers]
            await send(message)

        try:
            is_public = self._web is not None and self._web.is_public(scope["method"], scope["path"])
            self._guard.check(scope["method"], scope["headers"], is_public=is_public)
            serve = self._cors if is_from_page else self._serve
            await serve(scope, receive, send_from_edge)
        except Problem as problem:
            await problem_answer(problem, scope["path"])(scope, receive, send_from_edge)
        except Exception:
            if status:
                raise
            log.exception("request.failed", path=scope["path"])
            await unforeseen(scope["path"])(scope, receive, send_from_edge)
        finally:
            _record(scope, status, time.perf_counter() - started)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            client = scope["client"]
            self._limiter.check(client[0] if client else "")
            route = route_request(scope["raw_path"])
            if route is not None:
                scope["route"] = route
                await self._own.state.forwarder.forward(route, LOCAL_ADMIN, scope, receive, send)
            elif self._web and self._web.answers(scope["method"], scope["path"]):
                await self._web(scope, receive, send)
            else:
                await self._own(scope, receive, _with_own_headers(send))
        except Problem as problem:
            # Inside the CORS layer, so that pages of allowed origins can read it.
            await problem_answer(problem, scope["path"])(scope, receive, send)


def create_own_app(settings: Settings) -> FastAPI:
    """What the gateway answers itself; its lifespan also opens what the forwarder needs (`app.state.forwarder`)."""
    app = FastAPI(
        title=TITLE,
        description=DESCRIPTION,
        version=VERSION,
        openapi_tags=_TAGS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        generate_unique_id_function=operation_id,
    )
    app.state.settings = settings
    app.openapi = lambda: openapi_document(app)
    install_problem_handlers(app)
    singles = {name: f"/api/openapi/{name}.json" for name in (*settings.service_urls, "gateway")}
    install_api_docs(app, TITLE, {"all": "/api/openapi.json", **singles})
    app.include_router(health_router("gateway", VERSION, {}))
    app.include_router(router, responses=problems(InvalidRequest))
    app.add_route("/metrics", _metrics, methods=["GET"], include_in_schema=False)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    settings: Settings = app.state.settings
    tokens = Tokens(TokenSigner(settings.identity_private_key.get_secret_value()))
    upstreams = {name: Upstream(name, url) for name, url in settings.service_urls.items()}
    async with open_session() as session:
        services = Services(session, upstreams, tokens)
        catalog = Catalog(services, app.openapi, settings.contracts_dir)
        app.state.forwarder = Forwarder(session, upstreams, tokens)
        app.state.services = services
        app.state.catalog = catalog
        refreshing = asyncio.create_task(catalog.run())
        # What was loaded so far stays: searching it for garbage again and again showed in the slowest answers. Requests
        # leave hardly any cycles, so what is young may wait longer to be searched.
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        try:
            yield
        finally:
            refreshing.cancel()
            with suppress(asyncio.CancelledError):
                await refreshing


def _with_own_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_OWN_HEADERS]
        await send(message)

    return send_with_headers


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = scope.get("route")
    if not isinstance(route, Route) or status >= 500:
        record(scope, status, seconds)
        return
    # The service logs a forwarded request under the same id; a second line here would cost a fifth of the throughput.
    requests, durations = _meters(scope["method"], route.path, status)
    requests.inc()
    durations.observe(seconds)


@lru_cache(maxsize=2048)
def _meters(method: str, path: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, path, str(status)), SECONDS.labels(method, path)


def _text(headers: dict[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


async def _metrics(request: Request) -> Response:
    """For whoever watches this machine; a published port, which is where strangers come from, has none."""
    if request.client is None or not is_loopback(request.client.host):
        raise HTTPException(404)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
