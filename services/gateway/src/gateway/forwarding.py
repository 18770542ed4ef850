"""Passes a request on to a service and its answer back, both as they come."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientOSError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)
from starlette.types import Receive, Scope, Send
from yarl import URL

from common.identity import HEADER, Identity
from common.request_context import current_request_id, current_traceparent
from gateway.client import Exchange, RequestBody, Sweep
from gateway.errors import HeaderInvalid, RequestTooSlow, ServiceAnswerInvalid, ServiceTimeout
from gateway.guard import Headers
from gateway.identity import Tokens
from gateway.routing import Route
from gateway.upstream import Slot, Upstream

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 2.0
STREAM_IDLE_SECONDS = 60.0  # services send a comment every 15 s
# Far less than the services' own 75: a connection that they are just closing isn't used again.
_KEEP_ALIVE_SECONDS = 3.0
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Identity is the gateway's to say, and what proves it here is nobody else's business.
_NOT_TO_SERVICES = _HOP_BY_HOP | {
    b"authorization",
    b"cookie",
    b"expect",
    b"forwarded",
    b"traceparent",
    b"x-bmadflow-identity",
    b"x-real-ip",
    b"x-request-id",
}
_PREFIXES_NOT_TO_SERVICES = (b"x-forwarded-", b"x-user-", b"x-bmadflow-")
# The server and the edge say these for the gateway.
_NOT_TO_CLIENTS = _HOP_BY_HOP | {b"date", b"server", b"x-content-type-options", b"x-request-id"}
_NO_AUTOMATIC_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_IDEMPOTENT = _SAFE | {"PUT", "DELETE"}


def open_session() -> ClientSession:
    """The one HTTP client: no cookies, no decompression, no limits of its own; must be closed."""
    session = ClientSession(
        connector=TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_SECONDS),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        timeout=ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        skip_auto_headers=_NO_AUTOMATIC_HEADERS,
    )
    # It would ask PUT and DELETE again after they were sent, and there is no public switch; what may be asked again is
    # decided in `_may_retry`.
    session._retry_connection = False  # pyright: ignore[reportPrivateUsage] - see above
    return session


@dataclass(slots=True)
class _Outgoing:
    """A request as a service gets it; what has no body may be asked a second time."""

    method: str
    url: URL
    headers: list[tuple[str, str]]
    body: RequestBody


class Forwarder:
    """Forwards over one session to the upstreams by service name."""

    def __init__(self, session: ClientSession, upstreams: Mapping[str, Upstream], tokens: Tokens) -> None:
        self._session = session
        self._upstreams = upstreams
        self._tokens = tokens
        self._sweep = Sweep()

    async def forward(self, route: Route, identity: Identity, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request by the route's service.

        Raises a Problem while nothing has been sent; after that a broken answer is left unfinished, so that the client
        sees that it broke.
        """
        upstream = self._upstreams[route.service]
        headers: Headers = scope["headers"]
        values = dict(headers)
        body = RequestBody(receive, values, route.max_body_bytes)
        token = self._tokens.token(identity, route.audiences)
        outgoing = _Outgoing(scope["method"], _url(upstream, scope), _to_service(headers, values, token), body)
        with upstream.slot() as slot, Exchange(self._sweep, receive, body) as exchange:
            response = await self._answer(upstream, outgoing, exchange, route.answer_seconds)
            try:
                await _pass_back(upstream, slot, response, send)
            finally:
                # Has no effect on an answer that was read to its end; breaks off the others.
                response.close()

    async def _answer(
        self, upstream: Upstream, outgoing: _Outgoing, exchange: Exchange, seconds: float
    ) -> ClientResponse:
        try:
            response = await exchange.within(seconds, self._ask(outgoing))
        except (ClientError, OSError) as error:
            raise _problem(upstream, outgoing.body, error) from error
        upstream.succeeded()
        return response

    async def _ask(self, outgoing: _Outgoing) -> ClientResponse:
        content = None if outgoing.body.is_complete else await outgoing.body.content()
        try:
            return await self._send(outgoing, content)
        except (ClientOSError, ServerDisconnectedError) as error:
            if content is not None or not _may_retry(outgoing.method, error):
                raise
        await asyncio.sleep(random.uniform(0.05, 0.15))  # noqa: S311 - spreads retries, guards nothing
        return await self._send(outgoing, None)

    async def _send(self, outgoing: _Outgoing, content: object) -> ClientResponse:
        return await self._session.request(
            outgoing.method, outgoing.url, headers=outgoing.headers, data=content, allow_redirects=False
        )


def _may_retry(method: str, error: Exception) -> bool:
    # Where no connection came about, nothing was sent. A connection lost later may have had its effect.
    return method in (_IDEMPOTENT if isinstance(error, ClientConnectorError) else _SAFE)


def _problem(upstream: Upstream, body: RequestBody, error: Exception) -> Exception:
    if body.failure is not None:
        return body.failure
    if isinstance(error, TimeoutError) and not body.is_complete:
        return RequestTooSlow("The request's body took too long to arrive.", headers={"Connection": "close"})
    upstream.failed()
    log.warning("upstream.failed", upstream=upstream.service, error=repr(error))
    if isinstance(error, ClientConnectorError | ConnectionTimeoutError):
        return upstream.unavailable()
    if isinstance(error, TimeoutError):
        return ServiceTimeout(f"The {upstream.service} service didn't answer in time.")
    return ServiceAnswerInvalid(f"The {upstream.service} service broke off before it had answered.")


def _url(upstream: Upstream, scope: Scope) -> URL:
    query: bytes = scope["query_string"]
    try:
        target = scope["raw_path"].decode("ascii") + ("?" + query.decode("ascii") if query else "")
    except UnicodeDecodeError as error:
        raise HeaderInvalid("The query string holds characters that must be percent-encoded.") from error
    return URL(upstream.url + target, encoded=True)


def _to_service(headers: Headers, values: Mapping[bytes, bytes], token: str) -> list[tuple[str, str]]:
    dropped = _without_connection(_NOT_TO_SERVICES, values.get(b"connection"))
    try:
        kept = [
            (name.decode("ascii"), value.decode())
            for name, value in headers
            if name not in dropped and not name.startswith(_PREFIXES_NOT_TO_SERVICES)
        ]
    except UnicodeDecodeError as error:
        raise HeaderInvalid("A header is not UTF-8.") from error
    kept.append((HEADER, token))
    kept.append(("X-Request-ID", current_request_id() or ""))
    kept.append(("traceparent", current_traceparent() or ""))
    return kept


def _to_client(response: ClientResponse) -> Headers:
    named = response.headers.get("Connection")
    dropped = _without_connection(_NOT_TO_CLIENTS, named.encode("utf-8", "surrogateescape") if named else None)
    if response.status in {204, 304}:
        dropped |= {b"content-length"}  # of the body that isn't sent
    return [(lower, value) for name, value in response.raw_headers if (lower := name.lower()) not in dropped]


def _without_connection(dropped: frozenset[bytes], connection: bytes | None) -> frozenset[bytes]:
    # What `Connection` names is between two neighbours; a length or a host can't be.
    if connection is None or connection in (b"keep-alive", b"close"):
        return dropped
    named = {part.strip().lower() for part in connection.split(b",")}
    return dropped | (named - {b"content-length", b"host", b"content-type"})


async def _pass_back(upstream: Upstream, slot: Slot, response: ClientResponse, send: Send) -> None:
    if response.headers.get("Content-Type", "").lower().startswith("text/event-stream"):
        upstream.make_stream(slot)
    await send({"type": "http.response.start", "status": response.status, "headers": _to_client(response)})
    try:
        await _pass_body(response, send)
    except (ClientError, OSError) as error:
        # No end is sent, so the server closes the connection and the client sees that the answer broke off.
        log.warning("upstream.broke_off", upstream=upstream.service, error=repr(error))


async def _pass_body(response: ClientResponse, send: Send) -> None:
    content = response.content
    if content.is_eof():
        # A small answer is here as a whole by now; that is the usual case.
        await send({"type": "http.response.body", "body": content.read_nowait()})
        return
    clock = asyncio.get_running_loop().time
    async with asyncio.timeout(STREAM_IDLE_SECONDS) as idle:
        while not content.at_eof():
            chunk = await content.readany()
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            idle.reschedule(clock() + STREAM_IDLE_SECONDS)
    await send({"type": "http.response.body", "body": b""})
