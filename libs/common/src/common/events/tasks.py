"""Ending tasks that use libraries which lose a cancellation now and then."""

import asyncio
from collections.abc import Iterable

_AGAIN_SECONDS = 2.0


async def end_tasks(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel `tasks` and wait until they have ended, whatever they raise.

    Cancels again what goes on: `asyncio.wait_for` up to Python 3.11 swallows a cancellation that meets a result.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        done, pending = await asyncio.wait(pending, timeout=_AGAIN_SECONDS)
        # An exception that nobody looks at is reported as a fault of the program.
        for task in done:
            if not task.cancelled():
                task.exception()
