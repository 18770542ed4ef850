"""A TCP proxy on loopback that hurts what passes through it: it stalls, crawls, resets or ends one half early."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

_CRAWL_BYTES = 1024  # a second
_PART_BYTES = 65536

Pass = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class FaultyProxy:
    """Forwards a port of its own to `target`; one fault at a time, for all connections, until `heal`."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._answer: Pass = _forward
        self.port = 0
        self.hurt = 0
        """How many times a fault has met traffic."""

    async def start(self) -> None:
        self._flowing.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def heal(self) -> None:
        """Let everything pass again; what a fault has cut stays cut."""
        self._answer = _forward
        self._flowing.set()

    def stall(self) -> None:
        """Nothing passes, nothing is lost."""
        self._flowing.clear()

    def crawl(self) -> None:
        """Answers pass at 1 KiB a second."""
        self._answer = self._crawl

    def half_close(self) -> None:
        """The next answers end in their first part, properly, though more was to come."""
        self._answer = self._end_early

    def cut(self) -> None:
        """The next answers are cut by a reset in their first part."""
        self._answer = self._reset_in_mid_answer

    def reset(self) -> None:
        """All open connections are reset now."""
        self.hurt += len(self._connections)
        for connection in list(self._connections):
            connection.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        ends = [writer]
        try:
            answers, upstream = await asyncio.open_connection("127.0.0.1", self._target_port)
            ends.append(upstream)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(reader, upstream, is_answer=False))
                tasks.create_task(self._pump(answers, writer, is_answer=True))
        except (OSError, asyncio.CancelledError, ExceptionGroup):
            pass  # an end was cut; whoever is at the other one notices now
        finally:
            self._connections.discard(task)
            for end in ends:
                _reset(end)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        while part := await reader.read(_PART_BYTES):
            if not self._flowing.is_set():
                self.hurt += 1
                await self._flowing.wait()
            await (self._answer(part, writer) if is_answer else _forward(part, writer))
        with suppress(OSError):
            writer.write_eof()

    async def _crawl(self, part: bytes, writer: asyncio.StreamWriter) -> None:
        self.hurt += 1
        while part and self._answer == self._crawl:
            await _forward(part[:_CRAWL_BYTES], writer)
            part = part[_CRAWL_BYTES:]
            await asyncio.sleep(1)  # that is the fault
        await _forward(part, writer)

    async def _end_early(self, part: bytes, writer: asyncio.StreamWriter) -> None:
        self.hurt += 1
        await _forward(part[: len(part) // 2], writer)
        writer.write_eof()
        raise ConnectionError("the answer was ended early")

    async def _reset_in_mid_answer(self, part: bytes, writer: asyncio.StreamWriter) -> None:
        self.hurt += 1
        await _forward(part[: len(part) // 2], writer)
        raise ConnectionError("the answer was cut")


async def _forward(part: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(part)
    await writer.drain()


def _reset(end: asyncio.StreamWriter) -> None:
    """Close at once; whatever was still to be sent is dropped, and the peer is told by RST unless all was said."""
    connection = end.get_extra_info("socket")
    if connection is not None and not end.is_closing():
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.transport.abort()
