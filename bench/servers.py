"""What the gateway is measured against: a bare upstream, and the plainest forwarder that Python allows.

Run as `uvicorn bench.servers:upstream` and `uvicorn bench.servers:forwarder` (UPSTREAM names the address).
"""

import os

import aiohttp
from starlette.types import Receive, Scope, Send

_BODY = b'{"items": [], "next_cursor": null}'
_session: aiohttp.ClientSession | None = None


async def upstream(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers everything at once, with a small JSON text."""
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})


async def forwarder(scope: Scope, receive: Receive, send: Send) -> None:
    """No identity, no checks, no limits: the floor of what forwarding costs."""
    global _session  # noqa: PLW0603 - one per process; there is no application object here
    if scope["type"] != "http":
        return
    if _session is None:
        _session = aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
    async with _session.get(os.environ["UPSTREAM"] + scope["path"]) as answer:
        headers = [
            (k.lower(), v) for k, v in answer.raw_headers if k.lower() not in (b"connection", b"transfer-encoding")
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        async for part in answer.content.iter_any():
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
