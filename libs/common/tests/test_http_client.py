"""Asking another service: against a real socket whose answers are scripted."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from common.http_client import CircuitBreaker, ServiceClient, ServiceUnavailable
from common.request_context import enter_request


@dataclass
class Neighbour:
    """Answers each request with the next status; 0 closes the connection, -1 never answers. Then always 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list[int])
    requests: list[str] = field(default_factory=list[str])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        status = self.statuses.pop(0) if self.statuses else 200
        if status < 0:
            await reader.read()  # until the client gives up
        elif status > 0:
            writer.write(
                f"HTTP/1.1 {status} X\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode()
            )
            await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def neighbour() -> AsyncIterator[Neighbour]:
    made = Neighbour()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made


@pytest_asyncio.fixture
async def client(neighbour: Neighbour) -> AsyncIterator[ServiceClient]:
    made = ServiceClient("neighbour", neighbour.url, deadline=1.0)
    yield made
    await made.close()


@pytest.mark.parametrize("status", [200, 404, 409, 422])
async def test_answers_below_500_are_the_callers_to_judge(
    client: ServiceClient, neighbour: Neighbour, status: int
) -> None:
    neighbour.statuses = [status]
    assert (await client.request("GET", "/x")).status_code == status
    assert len(neighbour.requests) == 1


@pytest.mark.parametrize("trouble", [0, 502, 503, 504])
async def test_one_retry_where_it_does_no_harm(client: ServiceClient, neighbour: Neighbour, trouble: int) -> None:
    neighbour.statuses = [trouble]
    assert (await client.request("GET", "/x")).status_code == 200
    neighbour.statuses = [trouble, trouble]
    with pytest.raises(ServiceUnavailable):
        await client.request("POST", "/x", json={}, idempotent=True)
    assert len(neighbour.requests) == 4


@pytest.mark.parametrize("trouble", [0, 500, 503])
async def test_what_may_have_had_an_effect_is_not_repeated(
    client: ServiceClient, neighbour: Neighbour, trouble: int
) -> None:
    neighbour.statuses = [trouble]
    with pytest.raises(ServiceUnavailable, match="neighbour"):
        await client.request("POST", "/x", json={})
    assert len(neighbour.requests) == 1


async def test_silence_ends_at_the_deadline(client: ServiceClient, neighbour: Neighbour) -> None:
    neighbour.statuses = [-1, -1]
    async with asyncio.timeout(3):
        with pytest.raises(ServiceUnavailable):
            await client.request("GET", "/x")
    assert len(neighbour.requests) == 1


async def test_request_id_and_trace_go_along_and_cookies_do_not(client: ServiceClient, neighbour: Neighbour) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    enter_request("id-1", trace)
    for _ in range(2):
        await client.request("GET", "/x", params={"limit": 1}, headers={"X-Own": "yes"})
    for head in neighbour.requests:
        assert head.startswith("GET /x?limit=1 HTTP/1.1")
        assert "x-request-id: id-1" in head.lower()
        assert f"traceparent: {trace}" in head.lower()
        assert "x-own: yes" in head.lower()
        assert "cookie" not in head.lower()


async def test_nobody_there_rests_after_five_failures_and_is_asked_again_later(unused_tcp_port: int) -> None:
    now = 0.0
    breaker = CircuitBreaker(threshold=2, rest=5.0, clock=lambda: now)
    client = ServiceClient("nobody", f"http://127.0.0.1:{unused_tcp_port}", deadline=2.0, breaker=breaker)
    for _ in range(2):
        with pytest.raises(ServiceUnavailable, match="ConnectError"):
            await client.request("GET", "/x")
    with pytest.raises(ServiceUnavailable, match="resting"):
        await client.request("GET", "/x")
    now = 6.0
    with pytest.raises(ServiceUnavailable, match="ConnectError"):
        await client.request("GET", "/x")
    await client.close()


def test_the_breaker_lets_one_probe_through_at_a_time_and_closes_on_success() -> None:
    now = 0.0
    breaker = CircuitBreaker(threshold=3, rest=5.0, clock=lambda: now)
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    assert not breaker.allows()
    now = 5.0
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert all(breaker.allows() for _ in range(3))
