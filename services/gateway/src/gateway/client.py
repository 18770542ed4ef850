"""The client's side of a forwarded request: its body as it arrives, and whether it is still there."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Self

from starlette.types import Receive

from gateway.errors import BodyTooLarge

MAX_BODY_BYTES = 1024 * 1024
# Most answers come sooner; the others are worth a task that watches for the client leaving.
_WATCH_AFTER_SECONDS = 0.25


class ClientLeft(Exception):  # noqa: N818 - names the condition
    """The client closed its connection before it had sent all of its request."""


class RequestBody:
    """The body of one request, counted while it streams."""

    def __init__(self, receive: Receive, headers: Mapping[bytes, bytes]) -> None:
        length = headers.get(b"content-length")
        self._receive = receive
        self._size = 0
        self.is_complete = length in (None, b"0") and b"transfer-encoding" not in headers
        self.failure: Exception | None = None
        """What ended the body early; the HTTP client hides it behind an error of its own."""
        if length is not None and int(length) > MAX_BODY_BYTES:
            raise _too_large()

    async def content(self) -> bytes | AsyncIterator[bytes] | None:
        """The body: nothing, bytes where it has arrived as a whole, else what is still arriving."""
        if self.is_complete:
            return None
        start = await self._next()
        return start if self.is_complete else self._stream(start)

    async def _stream(self, chunk: bytes) -> AsyncIterator[bytes]:
        yield chunk
        while not self.is_complete:
            yield await self._next()

    async def _next(self) -> bytes:
        message = await self._receive()
        try:
            return self._counted(message)
        except (ClientLeft, BodyTooLarge) as failure:
            self.failure = failure
            raise

    def _counted(self, message: Mapping[str, object]) -> bytes:
        if message["type"] == "http.disconnect":
            raise ClientLeft
        chunk = message.get("body", b"")
        assert isinstance(chunk, bytes)
        self._size += len(chunk)
        if self._size > MAX_BODY_BYTES:
            raise _too_large()
        self.is_complete = not message.get("more_body", False)
        return chunk


class ClientWatch:
    """Ends its `async with` block early, without an error, when the client leaves.

    Nothing reads from the client while the block runs, except the body, for whose end the watch waits.
    """

    def __init__(self, receive: Receive, body: RequestBody) -> None:
        self._receive = receive
        self._body = body
        self._has_left = False
        self._watch: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if self._has_left and isinstance(error, asyncio.CancelledError):
            return self._task.uncancel() == 0
        return isinstance(error, ClientLeft)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_WATCH_AFTER_SECONDS, self._begin)

    def _begin(self) -> None:
        if self._body.is_complete:
            self._watch = asyncio.create_task(self._watch_client())
        else:
            self._wait()

    async def _watch_client(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left = True
        self._task.cancel()


def _too_large() -> BodyTooLarge:
    # Closing spares both sides the rest of a body that nobody will read.
    return BodyTooLarge(f"The body may have {MAX_BODY_BYTES // 1024} KiB at most.", headers={"Connection": "close"})
