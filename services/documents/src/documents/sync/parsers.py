"""Parsing processes that outlast a sync: starting one costs more than parsing the one file that changed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from documents.sync.parsing_process import ParsingProcess

_MOST_IDLE = 2


class Parsers:
    """Lends parsing processes, and keeps those that come back for `idle_seconds`. Close it."""

    def __init__(self, seconds_per_file: float, idle_seconds: float = 0.0, budget: int | None = None) -> None:
        self._seconds_per_file = seconds_per_file
        self._idle_seconds = idle_seconds
        self._budget = budget
        self._idle: dict[ParsingProcess, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[ParsingProcess]:
        """A process for the block's own use; the last one that was used, if there is any."""
        parser = next(reversed(self._idle), None) or ParsingProcess(self._seconds_per_file, self._budget)
        if timer := self._idle.pop(parser, None):
            timer.cancel()
        try:
            yield parser
        finally:
            await self._take_back(parser)

    async def _take_back(self, parser: ParsingProcess) -> None:
        if self._idle_seconds and len(self._idle) < _MOST_IDLE:
            self._idle[parser] = asyncio.create_task(self._end_idle(parser))
        else:
            await parser.stop()

    async def _end_idle(self, parser: ParsingProcess) -> None:
        await asyncio.sleep(self._idle_seconds)
        del self._idle[parser]
        await parser.stop()

    async def close(self) -> None:
        """End all that are idle."""
        idle, self._idle = self._idle, {}
        for parser, timer in idle.items():
            timer.cancel()
            await parser.stop()
