"""Answers that take their time: unbuffered, and over when the client leaves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from common.testing.http_server import HttpServer

Serve = Callable[[ASGIApp], Awaitable[HttpServer]]
StartGateway = Callable[..., Awaitable[httpx.AsyncClient]]


class Ticker:
    """A service whose answer is a stream of events that the test releases one by one."""

    def __init__(self) -> None:
        self.ticks: asyncio.Queue[bytes] = asyncio.Queue()
        self.is_asked = asyncio.Event()
        self.is_left = asyncio.Event()
        self.starts_at_once = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].endswith(("/events", "/messages")):
            return await _nothing(send)
        while (await receive()).get("more_body"):
            pass
        self.is_asked.set()
        sending = asyncio.create_task(self._send(send))
        while (await receive())["type"] != "http.disconnect":
            pass
        sending.cancel()
        self.is_left.set()
        return None

    async def _send(self, send: Send) -> None:
        if not self.starts_at_once:
            await asyncio.Event().wait()
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while tick := await self.ticks.get():
            await send({"type": "http.response.body", "body": tick, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _nothing(send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


async def test_events_arrive_one_by_one_as_they_are_sent(start_gateway: StartGateway, serve: Serve) -> None:
    ticker = Ticker()
    gateway = await start_gateway(projects_url=(await serve(ticker)).url)
    async with gateway.stream("GET", "/api/projects/1/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        chunks = answer.aiter_raw()
        for number in range(5):
            event = f"data: {number}\n\n".encode()
            ticker.ticks.put_nowait(event)
            # The next is not sent before this one has arrived: a buffer anywhere would never let go of it.
            assert await asyncio.wait_for(anext(chunks), 5) == event
        ticker.ticks.put_nowait(b"")
        assert [chunk async for chunk in chunks] == []


async def test_service_hears_that_the_client_of_a_stream_left(start_gateway: StartGateway, serve: Serve) -> None:
    ticker = Ticker()
    gateway = await start_gateway(projects_url=(await serve(ticker)).url)
    async with gateway.stream("GET", "/api/projects/1/events") as answer:
        ticker.ticks.put_nowait(b": hello\n\n")
        await anext(answer.aiter_raw())
    await asyncio.wait_for(ticker.is_left.wait(), 5)


@pytest.mark.parametrize("size", [0, 10, 200_000])
async def test_service_hears_that_the_client_left_before_the_answer(
    start_gateway: StartGateway, serve: Serve, size: int
) -> None:
    ticker = Ticker()
    ticker.starts_at_once = False
    gateway = await start_gateway(chat_url=(await serve(ticker)).url)
    asking = asyncio.create_task(gateway.post("/api/conversations/1/messages", content=b"x" * size))
    await asyncio.wait_for(ticker.is_asked.wait(), 5)
    asking.cancel()
    await asyncio.wait_for(ticker.is_left.wait(), 5)


async def test_service_hears_that_the_client_left_in_mid_body(start_gateway: StartGateway, serve: Serve) -> None:
    begun = asyncio.Event()
    left = asyncio.Event()

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            return await _nothing(send)
        while (await receive())["type"] == "http.request":
            begun.set()
        left.set()
        return None

    async def endless() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    gateway = await start_gateway(projects_url=(await serve(service)).url)
    asking = asyncio.create_task(gateway.post("/api/projects", content=endless()))
    await asyncio.wait_for(begun.wait(), 5)
    asking.cancel()
    await asyncio.wait_for(left.wait(), 5)


async def test_gateway_serves_on_after_clients_left(
    start_gateway: StartGateway, serve: Serve, echo: HttpServer
) -> None:
    ticker = Ticker()
    gateway = await start_gateway(projects_url=(await serve(ticker)).url, documents_url=echo.url)
    for _ in range(3):
        async with gateway.stream("GET", "/api/projects/1/events") as answer:
            ticker.ticks.put_nowait(b": hello\n\n")
            await anext(answer.aiter_raw())
        await asyncio.wait_for(ticker.is_left.wait(), 5)
        ticker.is_left.clear()
        assert (await gateway.get("/api/documents/1")).status_code == 200


async def test_answer_that_breaks_off_is_seen_to_break_off(start_gateway: StartGateway, serve: Serve) -> None:
    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half of", "more_body": True})
        # Returning here makes the server close the connection without the end of the body.

    gateway = await start_gateway(documents_url=(await serve(service)).url)
    with pytest.raises(httpx.RemoteProtocolError):
        await gateway.get("/api/documents/1")
