"""That this worker lives, for others to see: an advisory lock of Postgres on a connection of its own.

Postgres drops the lock with the connection, so a killed worker's jobs are known to have nobody at once. The lock only
says who may be replaced; what keeps a replaced worker from writing is the fence.
"""

import asyncio
import secrets
import time
from functools import partial
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import Database
from common.events.wakeup import keep_alive

log = structlog.get_logger(__name__)

LOCKS = 1_112_359_286
"""The first half of our advisory locks' keys; the second is a worker's number."""

SETTLED_SECONDS = 3.0
"""After a loss of all connections, those who live have come back by then."""

_TRY_LOCK = text("SELECT pg_try_advisory_lock(CAST(:locks AS int), CAST(:number AS int))")
_KEEP_JOBS = text("UPDATE sync_job SET holder = :number WHERE holder = :former AND state = 'running'")


class Presence:
    """Holds a lock while `run` is running and connected; `number` names it, None while there is none."""

    def __init__(
        self, database: Database, wake: asyncio.Event | None = None, settled_seconds: float = SETTLED_SECONDS
    ) -> None:
        self._database = database
        self._wake = wake
        self._settled_seconds = settled_seconds
        self._since = 0.0
        self._former: int | None = None
        self.number: int | None = None

    @property
    def is_settled(self) -> bool:
        """Whether this worker has been seen to live for a while, so that it may judge who doesn't."""
        return self.number is not None and time.monotonic() - self._since >= self._settled_seconds

    async def run(self) -> None:
        """Hold a lock until cancelled. Raises when the connection is lost: call it again."""
        lost = asyncio.Event()
        async with self._database.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_termination_listener(partial(self._lose, lost))
            try:
                await self._begin(connection)
                await keep_alive(driver, lost)
            finally:
                self.number = None
                # The pool must not hand on a connection that holds the lock.
                await connection.invalidate()

    async def _begin(self, connection: AsyncConnection) -> None:
        """Take a number that nobody has; the jobs that this worker still runs go with it from the former one."""
        number = await _taken_number(connection)
        if self._former is not None:
            await connection.execute(_KEEP_JOBS, {"number": number, "former": self._former})
        self._since = time.monotonic()
        self.number = self._former = number
        log.info("worker.present", number=number)
        if self._wake:  # a job that was left by another may be taken over from then on
            asyncio.get_running_loop().call_later(self._settled_seconds, self._wake.set)

    def _lose(self, lost: asyncio.Event, _connection: object) -> None:
        self.number = None
        lost.set()


async def _taken_number(connection: AsyncConnection) -> int:
    while True:
        number = secrets.randbelow(2**31)
        if (await connection.execute(_TRY_LOCK, {"locks": LOCKS, "number": number})).scalar_one():
            return number
