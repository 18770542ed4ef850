"""The client's side of a forwarded request: its body as it arrives, and whether it is still there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from types import TracebackType
from typing import Self, TypeVar

from starlette.types import Receive

from gateway.errors import BodyTooLarge

# Most answers come sooner; the others are worth a task that watches for the client leaving.
_WATCH_AFTER_SECONDS = 0.2
_SWEEP_SECONDS = 0.1

T = TypeVar("T")


class ClientLeft(Exception):
    """The client closed its connection before it had sent all of its request."""


class RequestBody:
    """The body of one request, counted while it streams."""

    def __init__(self, receive: Receive, headers: Mapping[bytes, bytes], max_bytes: int) -> None:
        length = headers.get(b"content-length")
        self._receive = receive
        self._size = 0
        self._max_bytes = max_bytes
        self.is_complete = length in (None, b"0") and b"transfer-encoding" not in headers
        self.failure: Exception | None = None
        """What ended the body early; the HTTP client hides it behind an error of its own."""
        if length is not None and int(length) > max_bytes:
            raise _too_large(max_bytes)

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
        if self._size > self._max_bytes:
            raise _too_large(self._max_bytes)
        self.is_complete = not message.get("more_body", False)
        return chunk


class Sweep:
    """Looks at all exchanges every now and then: timers of their own would cost each a tenth of its time."""

    def __init__(self) -> None:
        self._under_way: set[Exchange] = set()
        self._is_planned = False

    def add(self, exchange: "Exchange") -> None:
        self._under_way.add(exchange)
        if not self._is_planned:
            self._plan()

    def discard(self, exchange: "Exchange") -> None:
        self._under_way.discard(exchange)

    def _plan(self) -> None:
        self._is_planned = True
        asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._look)

    def _look(self) -> None:
        self._is_planned = False
        if self._under_way:
            self._plan()
        now = asyncio.get_running_loop().time()
        for exchange in tuple(self._under_way):
            exchange.look(now)


class Exchange:
    """One forwarded request: its `with` block ends early, without an error, when the client leaves.

    Nothing reads from the client while the block runs, except the body, for whose end the watch waits.
    """

    def __init__(self, sweep: Sweep, receive: Receive, body: RequestBody) -> None:
        self._sweep = sweep
        self._receive = receive
        self._body = body
        self._has_left = False
        self._is_late = False
        self._deadline: float | None = None
        self._watch: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._began = task.get_loop().time()
        self._sweep.add(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        self._sweep.discard(self)
        if self._watch is not None:
            self._watch.cancel()
        if self._has_left and isinstance(error, asyncio.CancelledError):
            return self._task.uncancel() == 0
        return isinstance(error, ClientLeft)

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """The outcome of `work`; raises TimeoutError when it isn't there so long after the exchange began."""
        self._deadline = self._began + seconds
        try:
            return await work
        except asyncio.CancelledError as error:
            if self._is_late and self._task.uncancel() == 0:
                raise TimeoutError from error
            raise
        finally:
            self._deadline = None

    def look(self, now: float) -> None:
        """What is due by now: the end of an answer's time, or the watch for the client."""
        if self._deadline is not None and now >= self._deadline:
            self._deadline = None
            self._is_late = True
            self._task.cancel()
        elif self._watch is None and self._body.is_complete and now - self._began >= _WATCH_AFTER_SECONDS:
            self._watch = asyncio.create_task(self._watch_client())

    async def _watch_client(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left = True
        self._task.cancel()


def _too_large(max_bytes: int) -> BodyTooLarge:
    # Closing spares both sides the rest of a body that nobody will read.
    return BodyTooLarge(f"The body may have {max_bytes // 1024} KiB at most.", headers={"Connection": "close"})
