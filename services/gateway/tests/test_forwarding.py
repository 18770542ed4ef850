"""What reaches a service of a request, and what reaches the client of its answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from common.identity import HEADER, TokenVerifier
from common.testing.http_server import HttpServer
from common.testing.plugin import LOCAL_ADMIN, IdentityKeys

Serve = Callable[[ASGIApp], Awaitable[HttpServer]]
StartGateway = Callable[..., Awaitable[httpx.AsyncClient]]


def _received(answer: httpx.Response) -> dict[str, list[str]]:
    """The headers as the service saw them, values by lower-case name."""
    found: dict[str, list[str]] = {}
    for name, value in answer.json()["headers"]:
        found.setdefault(name, []).append(value)
    return found


async def test_path_query_and_body_pass_unchanged(start_gateway: StartGateway, echo: HttpServer) -> None:
    gateway = await start_gateway(documents_url=echo.url)
    url = "/api/projects/1/artifacts/a%20b?q=%2F+x&q=%26&empty="
    answer = await gateway.post(url, content=b"x" * 70_000)
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("method", "path", "query", "size")} == {
        "method": "POST",
        "path": "/api/projects/1/artifacts/a%20b",
        "query": "q=%2F+x&q=%26&empty=",
        "size": 70_000,
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
async def test_every_method_passes(start_gateway: StartGateway, echo: HttpServer, method: str) -> None:
    gateway = await start_gateway(projects_url=echo.url)
    answer = await gateway.request(method, "/api/projects/1")
    assert answer.status_code == 200
    assert answer.text == "" if method == "HEAD" else answer.json()["method"] == method


async def test_chunked_body_passes(start_gateway: StartGateway, echo: HttpServer) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"y" * 10_000

    gateway = await start_gateway(projects_url=echo.url)
    answer = await gateway.post("/api/projects", content=chunks())
    assert answer.json()["size"] == 100_000


async def test_forged_identity_and_forwarding_headers_are_dropped(
    start_gateway: StartGateway, echo: HttpServer, identity_keys: IdentityKeys
) -> None:
    forged = {
        HEADER: "forged",
        "x-bmadflow-anything": "forged",
        "X-User-Id": "forged",
        "X-USER-ROLES": "forged",
        "Forwarded": "for=forged",
        "X-Forwarded-For": "forged",
        "X-Forwarded-Host": "forged",
        "X-Real-IP": "forged",
        "Cookie": "session=forged",
        "Authorization": "Bearer forged",
    }
    gateway = await start_gateway(projects_url=echo.url)
    received = _received(await gateway.get("/api/projects", headers=forged))
    assert "forged" not in str(received)
    (token,) = received[HEADER.lower()]
    assert TokenVerifier(identity_keys.public, "projects").verify(token) == LOCAL_ADMIN


async def test_token_is_for_the_services_of_the_route_only(
    start_gateway: StartGateway, echo: HttpServer, identity_keys: IdentityKeys
) -> None:
    gateway = await start_gateway(projects_url=echo.url, chat_url=echo.url)
    (for_chat,) = _received(await gateway.get("/api/conversations/1"))[HEADER.lower()]
    (for_projects,) = _received(await gateway.get("/api/projects"))[HEADER.lower()]
    TokenVerifier(identity_keys.public, "documents").verify(for_chat)
    with pytest.raises(Exception, match="not valid"):
        TokenVerifier(identity_keys.public, "documents").verify(for_projects)


async def test_hop_by_hop_headers_stop_here(start_gateway: StartGateway, echo: HttpServer) -> None:
    gateway = await start_gateway(projects_url=echo.url)
    sent = {
        "Connection": "keep-alive, X-Secret-Hop, Content-Length",
        "X-Secret-Hop": "1",
        "Keep-Alive": "timeout=5",
        "TE": "trailers",
        "Proxy-Authorization": "Basic x",
        "Proxy-Connection": "keep-alive",
        "Upgrade": "h2c",
        "X-Kept": "1",
    }
    received = _received(await gateway.post("/api/projects", headers=sent, content=b"abc"))
    assert received["x-kept"] == ["1"]
    assert received["content-length"] == ["3"]
    gone = {"connection", "x-secret-hop", "keep-alive", "te", "proxy-authorization", "proxy-connection", "upgrade"}
    assert not gone & received.keys()


async def test_repeated_headers_and_the_host_pass(start_gateway: StartGateway, echo: HttpServer) -> None:
    gateway = await start_gateway(projects_url=echo.url)
    many = [(b"X-Many", b"1"), (b"X-Many", b"2"), (b"X-Word", "é".encode())]
    received = _received(await gateway.get("/api/projects", headers=many))
    assert received["x-many"] == ["1", "2"]
    assert received["host"] == [gateway.base_url.netloc.decode()]
    assert received["x-word"] == ["é"]
    assert "user-agent" in received
    assert len(received["accept"]) == 1


async def test_cookies_of_one_client_never_reach_another(start_gateway: StartGateway, serve: Serve) -> None:
    seen: list[str | None] = []

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(dict(scope["headers"]).get(b"cookie"))
        cookies = [(b"set-cookie", b"a=alice; Path=/"), (b"set-cookie", b"b=alice; Path=/")]
        await send({"type": "http.response.start", "status": 200, "headers": [*cookies, (b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    server = await serve(service)
    gateway = await start_gateway(projects_url=server.url.replace("127.0.0.1", "localhost"))
    alice = await gateway.get("/api/projects")
    assert alice.headers.get_list("set-cookie") == ["a=alice; Path=/", "b=alice; Path=/"]
    async with httpx.AsyncClient(base_url=gateway.base_url) as bob:
        await bob.get("/api/projects")
    assert set(seen) == {None}


async def test_answer_passes_as_it_is(start_gateway: StartGateway, serve: Serve) -> None:
    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-encoding", b"gzip"),
            (b"content-length", b"9"),
            (b"location", b"http://localhost/api/projects/7"),
            (b"connection", b"x-hop"),
            (b"x-hop", b"1"),
        ]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b"not gzip!"})

    gateway = await start_gateway(projects_url=(await serve(service)).url)
    async with gateway.stream("GET", "/api/projects") as answer:
        assert answer.status_code == 307
        assert answer.headers["location"] == "http://localhost/api/projects/7"
        assert answer.headers["content-encoding"] == "gzip"
        assert "x-hop" not in answer.headers
        assert b"".join([chunk async for chunk in answer.aiter_raw()]) == b"not gzip!"


@pytest.mark.parametrize("status", [204, 304])
async def test_answers_without_a_body(start_gateway: StartGateway, serve: Serve, status: int) -> None:
    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": [(b"etag", b'"1"')]})
        await send({"type": "http.response.body"})

    gateway = await start_gateway(projects_url=(await serve(service)).url)
    for _ in range(2):
        answer = await gateway.get("/api/projects/1")
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (status, b"", '"1"')


async def test_large_answer_passes_whole(start_gateway: StartGateway, serve: Serve) -> None:
    content = bytes(range(256)) * 20_000

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    gateway = await start_gateway(documents_url=(await serve(service)).url)
    assert (await gateway.get("/api/documents/1/raw")).content == content


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_body_has_a_limit(start_gateway: StartGateway, echo: HttpServer, is_chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"z" * 65_536

    gateway = await start_gateway(projects_url=echo.url)
    content: Any = chunks() if is_chunked else b"z" * (1024 * 1024 + 1)
    answer = await gateway.post("/api/projects", content=content)
    assert answer.status_code == 413
    assert answer.json()["error_code"] == "BODY_TOO_LARGE"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    whole = await gateway.post("/api/projects", content=b"z" * (1024 * 1024))
    assert whole.json()["size"] == 1024 * 1024


async def test_a_delivery_of_a_git_host_may_be_larger(start_gateway: StartGateway, echo: HttpServer) -> None:
    gateway = await start_gateway(projects_url=echo.url)
    largest = b"z" * (5 * 1024 * 1024)
    assert (await gateway.post("/api/webhooks/git/1", content=largest)).json()["size"] == len(largest)
    # Only the head: the answer comes at once, and what is still being sent then would break off the connection.
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.base_url.port)
    writer.write(b"POST /api/webhooks/git/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5242881\r\n\r\n")
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"BODY_TOO_LARGE" in answer
    assert b"5120 KiB" in answer


async def test_services_are_asked_at_once(start_gateway: StartGateway, serve: Serve) -> None:
    together = asyncio.Barrier(20)

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/api/projects":
            await together.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    gateway = await start_gateway(projects_url=(await serve(service)).url)
    answers = await asyncio.gather(*(gateway.get("/api/projects") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
