"""Services that are down, slow or broken: a problem that names them, in time."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import pytest_asyncio
from starlette.types import ASGIApp, Receive, Scope, Send

from common.testing.http_server import HttpServer
from gateway import forwarding, routing, upstream

Serve = Callable[[ASGIApp], Awaitable[HttpServer]]
StartGateway = Callable[..., Awaitable[httpx.AsyncClient]]


class Rude:
    """A service that reads a request and does `answer` with the connection; it counts the requests it got."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.requests: list[str] = []
        self._ended = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            line = head.partition(b"\r\n")[0].decode()
            if line.split()[1].startswith("/api/projects"):
                self.requests.append(line)
            if self.answer is None:
                await self._ended.wait()
            else:
                writer.write(self.answer)
                await writer.drain()
        finally:
            writer.close()

    def end(self) -> None:
        self._ended.set()


def _one_second(_low: float, _high: float) -> float:
    return 1.0


StartRude = Callable[[Rude], Awaitable[str]]


@pytest_asyncio.fixture
async def start_rude() -> AsyncIterator[StartRude]:
    running: list[tuple[asyncio.Server, Rude]] = []

    async def start(rude: Rude) -> str:
        server = await asyncio.start_server(rude, "127.0.0.1", 0)
        running.append((server, rude))
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield start
    for server, rude in running:
        rude.end()
        server.close()
        await server.wait_closed()


async def test_dead_service_is_named(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()
    for path, service in [("/api/projects", "projects"), ("/api/search", "documents"), ("/mcp", "chat")]:
        answer = await gateway.post(path, json={})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"].isdigit()
        problem = answer.json()
        assert problem["error_code"] == "SERVICE_UNAVAILABLE"
        assert service in problem["detail"]
        assert problem["instance"] == path
        assert problem["request_id"] == answer.headers["x-request-id"]


async def test_slow_service_is_given_up(
    start_gateway: StartGateway, start_rude: StartRude, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = dataclasses.replace(routing._PROJECTS, answer_seconds=0.2)  # pyright: ignore[reportPrivateUsage] - 30 s are too long for a test
    monkeypatch.setattr(routing, "_PROJECTS", impatient)
    routing.route_request.cache_clear()
    rude = Rude(None)
    gateway = await start_gateway(projects_url=await start_rude(rude))
    answer = await gateway.get("/api/projects")
    routing.route_request.cache_clear()
    assert (answer.status_code, answer.json()["error_code"]) == (504, "SERVICE_TIMEOUT")
    assert "projects" in answer.json()["detail"]
    assert len(rude.requests) == 1


async def test_slow_client_is_told_so(
    start_gateway: StartGateway, echo: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    impatient = dataclasses.replace(routing._PROJECTS, answer_seconds=0.2)  # pyright: ignore[reportPrivateUsage] - 30 s are too long for a test
    monkeypatch.setattr(routing, "_PROJECTS", impatient)
    routing.route_request.cache_clear()
    gateway = await start_gateway(projects_url=echo.url)
    host, port = "127.0.0.1", gateway.base_url.port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"POST /api/projects HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nx")
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    routing.route_request.cache_clear()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"REQUEST_TOO_SLOW" in answer


async def test_silent_stream_is_ended(
    start_gateway: StartGateway, start_rude: StartRude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "STREAM_IDLE_SECONDS", 0.2)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    gateway = await start_gateway(projects_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(httpx.RemoteProtocolError):
        await gateway.get("/api/projects/1/events")
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"nonsense\r\n\r\n"])
async def test_broken_answer_is_a_bad_gateway(
    start_gateway: StartGateway, start_rude: StartRude, answer: bytes
) -> None:
    gateway = await start_gateway(projects_url=await start_rude(Rude(answer)))
    got = await gateway.post("/api/projects", json={})
    assert (got.status_code, got.json()["error_code"]) == (502, "SERVICE_ANSWER_INVALID")


@pytest.mark.parametrize(
    ("method", "times"), [("GET", 2), ("HEAD", 2), ("OPTIONS", 2), ("POST", 1), ("PATCH", 1), ("PUT", 1), ("DELETE", 1)]
)
async def test_only_what_changes_nothing_is_asked_again_after_it_was_sent(
    start_gateway: StartGateway, start_rude: StartRude, method: str, times: int
) -> None:
    rude = Rude(b"")
    gateway = await start_gateway(projects_url=await start_rude(rude))
    answer = await gateway.request(method, "/api/projects/1")
    assert answer.status_code == 502
    assert rude.requests == [f"{method} /api/projects/1 HTTP/1.1"] * times


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("DELETE", 200), ("POST", 503)])
async def test_service_that_comes_back_at_once_is_reached_by_idempotent_requests(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch, echo: HttpServer, method: str, status: int
) -> None:
    gateway = await start_gateway(projects_url=echo.url)
    await gateway.get("/api/projects")
    app, port = echo.app, echo.port
    await echo.stop()
    monkeypatch.setattr(forwarding.random, "uniform", _one_second)
    asking = asyncio.create_task(gateway.request(method, "/api/projects/1"))
    await asyncio.sleep(0)
    async with HttpServer(app, port):
        assert (await asking).status_code == status


async def test_breaker_opens_and_closes(
    start_gateway: StartGateway, start_rude: StartRude, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "OPEN_SECONDS", 0.3)
    rude = Rude(b"")
    gateway = await start_gateway(projects_url=await start_rude(rude))
    codes = [(await gateway.post("/api/projects")).status_code for _ in range(upstream.FAILURES_TO_OPEN + 3)]
    assert codes == [502] * upstream.FAILURES_TO_OPEN + [503] * 3
    assert len(rude.requests) == upstream.FAILURES_TO_OPEN
    rude.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    async with asyncio.timeout(5):
        while (answer := await gateway.post("/api/projects")).status_code == 503:
            await asyncio.sleep(0.02)
    assert answer.text == "ok"
    assert (await gateway.post("/api/projects")).status_code == 200


async def test_errors_of_a_service_are_its_own_and_open_no_breaker(start_gateway: StartGateway, serve: Serve) -> None:
    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"ouch"})

    gateway = await start_gateway(projects_url=(await serve(service)).url)
    for _ in range(upstream.FAILURES_TO_OPEN * 2):
        answer = await gateway.get("/api/projects")
        assert (answer.status_code, answer.text) == (500, "ouch")


async def test_one_dead_service_leaves_the_others_alone(start_gateway: StartGateway, echo: HttpServer) -> None:
    gateway = await start_gateway(documents_url=echo.url)
    for _ in range(upstream.FAILURES_TO_OPEN + 1):
        assert (await gateway.post("/api/projects")).status_code == 503
        assert (await gateway.get("/api/documents/1")).status_code == 200
