"""One LISTEN connection per process: notifications only save waiting, polls are the truth."""

import asyncio
from functools import partial
from typing import Any

from common.database import Database

_KEEPALIVE_SECONDS = 10.0
_ANSWER_SECONDS = 5.0


class WakeUps:
    """Sets an event whenever its channel is notified, and all of them after every (re)connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._events: dict[str, asyncio.Event] = {}

    def event(self, channel: str) -> asyncio.Event:
        """The event of `channel`; ask for all of them before `run`."""
        return self._events.setdefault(channel, asyncio.Event())

    async def run(self) -> None:
        """Listen until cancelled. Raises when the connection is lost: call it again."""
        lost = asyncio.Event()
        async with self._database.engine.connect() as connection:
            try:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                driver.add_termination_listener(partial(_lose, lost))
                for channel in self._events:
                    await driver.add_listener(channel, self._notified)
                self._wake_all()
                await keep_alive(driver, lost)
            finally:
                # The pool must not hand on a connection that listens.
                await connection.invalidate()

    def _notified(self, _connection: object, _pid: int, channel: str, _payload: object) -> None:
        self._events[channel].set()

    def _wake_all(self) -> None:
        for event in self._events.values():
            event.set()


async def keep_alive(driver: Any, lost: asyncio.Event) -> None:
    """Wait until the driver's connection is `lost`. Raises ConnectionError then, or what the driver raises.

    A connection that a firewall forgot looks idle for ever, so it is asked something now and then.
    """
    while not lost.is_set():
        try:
            async with asyncio.timeout(_KEEPALIVE_SECONDS):
                await lost.wait()
        except TimeoutError:
            await driver.execute("SELECT 1", timeout=_ANSWER_SECONDS)
    raise ConnectionError("the connection was closed")


def _lose(lost: asyncio.Event, _connection: object) -> None:
    lost.set()
