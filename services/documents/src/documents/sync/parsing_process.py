"""Parsing in a child process with a time limit for each file."""

import asyncio
import pickle
import signal
import sys
from dataclasses import dataclass
from typing import cast

import structlog

from common.child_process import die_with_parent
from documents.chunking import Chunk
from documents.parsing import ParsedDocument
from documents.sync.parsing_child import LENGTH_BYTES

log = structlog.get_logger(__name__)

_START_SECONDS = 30.0  # the first file also waits for the interpreter to start


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """All that is derived from one file's bytes."""

    document: ParsedDocument
    chunks: list[Chunk]


class ParsingFailed(Exception):
    """This file can't be parsed; the message says why."""


class _ParserDied(Exception):
    """The process ended while it had the file."""


class ParsingProcess:
    """Started by the first file, and again after one that killed it. One file at a time.

    `budget` is how many word pieces a chunk may have, if not as many as usual.
    """

    def __init__(self, seconds_per_file: float = 10.0, budget: int | None = None) -> None:
        self._seconds = seconds_per_file
        self._arguments = () if budget is None else (str(budget),)
        self._process: asyncio.subprocess.Process | None = None

    async def parse(self, path: str, data: bytes) -> ParsedFile:
        """Parse and chunk one file. Raises ParsingFailed."""
        try:
            return await self._parse(path, data)
        except _ParserDied:
            # Not always the file's doing, and what is stored as failed stays so until the file changes: once more.
            log.warning("parser.died", path=path)
        try:
            return await self._parse(path, data)
        except _ParserDied as error:
            raise ParsingFailed("parsing it takes too much memory") from error

    async def _parse(self, path: str, data: bytes) -> ParsedFile:
        is_fresh = self._process is None
        process = self._process or await self._start()
        try:
            async with asyncio.timeout(self._seconds + (_START_SECONDS if is_fresh else 0)):
                answer = await _ask(process, pickle.dumps((path, data)))
        except TimeoutError as error:
            await self.stop()
            raise ParsingFailed(f"parsing it takes longer than {self._seconds:.0f} seconds") from error
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            await self.stop()
            raise _ParserDied from error
        except asyncio.CancelledError:
            await self.stop()  # else the answer to this file would be taken for that of the next
            raise
        if isinstance(answer, str):
            raise ParsingFailed(answer)
        return ParsedFile(*answer)

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()
        if process.stdin:
            process.stdin.close()

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "documents.sync.parsing_child",
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        log.debug("parser.started", pid=self._process.pid)
        return self._process


async def _ask(process: asyncio.subprocess.Process, frame: bytes) -> tuple[ParsedDocument, list[Chunk]] | str:
    if process.stdin is None or process.stdout is None:
        raise ConnectionError("the parser has no pipes")
    process.stdin.write(len(frame).to_bytes(LENGTH_BYTES) + frame)
    await process.stdin.drain()
    length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES))
    answer = await process.stdout.readexactly(length)
    return cast("tuple[ParsedDocument, list[Chunk]] | str", pickle.loads(answer))  # noqa: S301 - our own child, see parsing_child
