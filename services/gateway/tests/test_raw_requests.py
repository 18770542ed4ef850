"""Requests no client library would send: nothing but well-formed ones for public paths reaches a service."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from starlette.types import Receive, Scope, Send

from common.testing.http_server import HttpServer
from common.testing.plugin import IdentityKeys
from gateway.app import create_app
from gateway.settings import Settings

OK = b"Host: localhost\r\n"


def _get(target: bytes, headers: bytes = OK) -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + headers + b"\r\n"


def _post(headers: bytes, body: bytes) -> bytes:
    return b"POST /api/projects HTTP/1.1\r\n" + OK + headers + b"\r\n" + body


REFUSED = {
    # Two readers could find two ends of the body.
    "length and chunks": _post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "chunks and length": _post(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n"),
    "length in a trailer": _post(b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\n0\r\nContent-Length: 999\r\n\r\n"),
    "host in a trailer": _post(b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\n0\r\nHost: evil.example\r\n\r\n"),
    "two lengths": _post(b"Content-Length: 4\r\nContent-Length: 5\r\n", b"abcde"),
    "list of lengths": _post(b"Content-Length: 4, 5\r\n", b"abcde"),
    "negative length": _post(b"Content-Length: -1\r\n", b""),
    "signed length": _post(b"Content-Length: +4\r\n", b"abcd"),
    "length in hex": _post(b"Content-Length: 0x4\r\n", b"abcd"),
    "endless length": _post(b"Content-Length: 99999999999999999999999\r\n", b"abcd"),
    "length with a space before the colon": _post(b"Content-Length : 4\r\n", b"abcd"),
    "folded header": _post(b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n"),
    "chunked twice and length": _post(b"Transfer-Encoding: chunked, chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n"),
    "unknown coding": _post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "chunked is not last": _post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    "gzip under chunked": _post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "bad chunk size": _post(b"Transfer-Encoding: chunked\r\n", b"zz\r\nab\r\n0\r\n\r\n"),
    "negative chunk size": _post(b"Transfer-Encoding: chunked\r\n", b"-1\r\nab\r\n0\r\n\r\n"),
    "endless chunk size": _post(b"Transfer-Encoding: chunked\r\n", b"fffffffffffffffff1\r\nab\r\n0\r\n\r\n"),
    "chunk longer than it says": _post(b"Transfer-Encoding: chunked\r\n", b"1\r\nabc\r\n0\r\n\r\n"),
    # Two readers could find two hosts, targets or headers.
    "no host": _get(b"/api/projects", b""),
    "two hosts": _get(b"/api/projects", OK + b"Host: evil.example\r\n"),
    "two equal hosts": _get(b"/api/projects", OK + OK),
    "foreign host": _get(b"/api/projects", b"Host: evil.example\r\n"),
    "host with a user": _get(b"/api/projects", b"Host: localhost@evil.example\r\n"),
    "host with a path": _get(b"/api/projects", b"Host: localhost/evil\r\n"),
    "HTTP/1.0 without a host": b"GET /api/projects HTTP/1.0\r\n\r\n",
    "absolute target without a path": _get(b"http://evil.example"),
    "authority as the target": b"CONNECT evil.example:443 HTTP/1.1\r\n" + OK + b"\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\n" + OK + b"\r\n",
    "relative target": _get(b"api/projects"),
    "NUL in a header": _get(b"/api/projects", OK + b"X-A: a\x00b\r\n"),
    "bare carriage return in a header": _get(b"/api/projects", OK + b"X-A: a\rX-BMADFlow-Identity: forged\r\n"),
    "space in a header's name": _get(b"/api/projects", OK + b"X A: b\r\n"),
    "header that isn't UTF-8": _get(b"/api/projects", OK + b"X-A: \xff\xfe\r\n"),
    "headers without end": _get(b"/api/projects", OK + b"X-A: b\r\n" * 6000),
    # Two readers could find two paths.
    "encoded dots": _get(b"/api/projects/%2e%2e/stats/projects"),
    "encoded dots and slash": _get(b"/api/projects/%2e%2e%2fstats%2fprojects"),
    "encoded slash": _get(b"/api/projects%2F1"),
    "encoded backslash": _get(b"/api/projects/..%5c..%5cmetrics"),
    "backslash": _get(b"/api/projects\\..\\metrics"),
    "dots": _get(b"/api/projects/../stats/projects"),
    "single dot": _get(b"/api/./projects"),
    "two slashes": _get(b"//api/projects"),
    "two slashes inside": _get(b"/api//projects"),
    "NUL": _get(b"/api/projects/\x00"),
    "encoded NUL": _get(b"/api/projects/%00"),
    "encoded line end": _get(b"/api/projects/%0d%0aX-Evil:%201"),
    "broken escape": _get(b"/api/projects/%2"),
    "bytes above ASCII": _get(b"/api/projects/\xff"),
    "bytes above ASCII in the query": _get(b"/api/projects?q=\xff"),
    "overlong dot": _get(b"/api/projects/%c0%ae%c0%ae/metrics"),
    # Not public.
    "metrics of a service": _get(b"/api/projects/1/../../../metrics"),
    "internal path": _get(b"/api/stats/projects"),
    "unknown path": _get(b"/internal"),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}
PASSED = {
    "plain": _get(b"/api/projects"),
    "absolute target": _get(b"http://evil.example/api/projects"),
    "fragment": _get(b"/api/projects#/../metrics"),
    "chunks": _post(b"Transfer-Encoding: chunked\r\n", b"2;ext=1\r\nab\r\n0\r\nX-Trailer: 1\r\n\r\n"),
    "upgrade": _get(
        b"/api/projects", OK + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n"
    ),
    "identity smuggled as hop-by-hop": _get(
        b"/api/projects", OK + b"Connection: X-BMADFlow-Identity, X-Request-ID\r\nX-BMADFlow-Identity: forged\r\n"
    ),
}


class Witness:
    """A service that notes what reaches it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[bytes, bytes]]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].endswith(("openapi.json", "asyncapi.json")):
            while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                pass
            if message["type"] == "http.request":
                self.seen.append((scope["path"], dict(scope["headers"])))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


@pytest_asyncio.fixture(scope="module")
async def watched(identity_keys: IdentityKeys) -> AsyncIterator[tuple[int, Witness]]:
    """The port of a gateway, and the witness that is all three of its services."""
    witness = Witness()
    async with HttpServer(witness) as service:
        values = {f"{name}_url": service.url for name in ("projects", "documents", "chat")}
        settings = Settings.model_validate({**values, "identity_private_key": identity_keys.private, "embedded": True})
        async with HttpServer(create_app(settings)) as gateway:
            yield gateway.port, witness


async def _status(port: int, request: bytes) -> int:
    """The status of the first answer; 0 where the connection was closed without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        line = await asyncio.wait_for(reader.readline(), 5)
        return int(line.split()[1]) if line else 0
    except ConnectionError:
        return 0
    finally:
        writer.close()


@pytest.mark.parametrize("case", REFUSED)
async def test_refused(watched: tuple[int, Witness], case: str) -> None:
    port, witness = watched
    witness.seen.clear()
    assert await _status(port, REFUSED[case]) in {0, 400, 404, 421, 431, 501}
    assert witness.seen == []
    assert await _status(port, _get(b"/api/projects")) == 200


@pytest.mark.parametrize("case", PASSED)
async def test_passed(watched: tuple[int, Witness], case: str) -> None:
    port, witness = watched
    witness.seen.clear()
    assert await _status(port, PASSED[case]) == 200
    ((path, headers),) = witness.seen
    assert path == "/api/projects"
    assert headers[b"host"] == b"localhost"
    assert headers[b"x-bmadflow-identity"].count(b".") == 2
    assert not {b"upgrade", b"http2-settings"} & headers.keys()


async def test_pipelined_requests_are_answered_in_order(watched: tuple[int, Witness]) -> None:
    port, witness = watched
    witness.seen.clear()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_get(b"/api/projects/1") + _get(b"/nowhere") + _get(b"/api/projects/2", OK + b"Connection: close\r\n"))
    answers = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert re.findall(rb"HTTP/1\.1 (\d+)", answers) == [b"200", b"404", b"200"]
    assert [path for path, _ in witness.seen] == ["/api/projects/1", "/api/projects/2"]
