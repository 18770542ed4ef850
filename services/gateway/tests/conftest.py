"""Gateways and the services behind them, all on real loopback ports."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest_asyncio
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from common.testing.http_server import HttpServer
from common.testing.plugin import IdentityKeys
from gateway.app import create_app
from gateway.settings import Settings

NOBODY = "http://127.0.0.1:9"


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Callable[[ASGIApp], Awaitable[HttpServer]]]:
    """`await serve(app)`: a server that runs until the test ends."""
    async with AsyncExitStack() as running:

        async def start(app: ASGIApp) -> HttpServer:
            return await running.enter_async_context(HttpServer(app))

        yield start


@pytest_asyncio.fixture
async def start_gateway(
    serve: Callable[[ASGIApp], Awaitable[HttpServer]], identity_keys: IdentityKeys
) -> AsyncIterator[Callable[..., Awaitable[httpx.AsyncClient]]]:
    """`await start_gateway(projects_url=…, **settings)`: a client of a new gateway; services not named are down."""
    async with AsyncExitStack() as clients:

        async def start(**changes: object) -> httpx.AsyncClient:
            values: dict[str, object] = {
                "identity_private_key": SecretStr(identity_keys.private),
                "projects_url": NOBODY,
                "documents_url": NOBODY,
                "chat_url": NOBODY,
                "embedded": True,
                **changes,
            }
            server = await serve(create_app(Settings.model_validate(values)))
            return await clients.enter_async_context(httpx.AsyncClient(base_url=server.url, timeout=20))

        yield start


@pytest_asyncio.fixture
async def echo(serve: Callable[[ASGIApp], Awaitable[HttpServer]]) -> HttpServer:
    """A service that answers with what it was asked."""

    async def answer(request: Request) -> Response:
        body = await request.body()
        return JSONResponse(
            {
                "method": request.method,
                "path": request.scope["raw_path"].decode(),
                "query": request.scope["query_string"].decode(),
                "headers": [[name.decode(), value.decode()] for name, value in request.headers.raw],
                "size": len(body),
            },
            headers={"Set-Cookie": "service=secret", "Server": "echo", "X-Request-ID": "from-the-service"},
        )

    app = Starlette()
    app.add_route("/{path:path}", answer, methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
    return await serve(app)
