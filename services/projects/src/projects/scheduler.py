"""Asks for the syncs that are due by a schedule. Several processes share the work; the clock is the database's."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from projects.models import Project, Source
from projects.repository import SourceRepository
from projects.schedules import next_time
from projects.sync_service import request_runs

log = structlog.get_logger(__name__)

_POLL_SECONDS = 5.0


class Scheduler:
    """A time that passed while nobody looked is made up for once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Look every few seconds. Raises when the database is down: call it again."""
        while True:
            while await self.step():
                pass
            await asyncio.sleep(_POLL_SECONDS)

    async def step(self) -> bool:
        """Ask for what is due in one project that nobody else is writing to. Whether there was any such."""
        async with self._database.transaction() as session:
            project_id = await _lock_due_project(session)
            if project_id is None:
                return False
            # Again, now that nobody else can: another process may have just done it.
            for source in await _due_sources(session, project_id):
                await _ask(session, source)
            return True


async def _lock_due_project(session: AsyncSession) -> int | None:
    """The project is locked as by every other writer, and first: so nobody waits for anybody."""
    return await session.scalar(
        select(Project.id)
        .join(Source, Source.project_id == Project.id)
        .where(Source.next_sync_at <= func.now())
        .order_by(Source.next_sync_at)
        .limit(1)
        .with_for_update(key_share=True, of=Project, skip_locked=True)
    )


async def _due_sources(session: AsyncSession, project_id: int) -> Sequence[Source]:
    found = await session.scalars(
        select(Source)
        .where(Source.project_id == project_id, Source.next_sync_at <= func.now())
        .order_by(Source.id)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _ask(session: AsyncSession, source: Source) -> None:
    now: datetime = (await session.execute(select(func.now()))).scalar_one()
    await SourceRepository(session).change(source, {"next_sync_at": _next(source, now)})
    if source.schedule is not None:
        await request_runs(session, [source], "sync", "schedule")


def _next(source: Source, now: datetime) -> datetime | None:
    try:
        return next_time(source.schedule, now) if source.schedule else None
    except ValueError as error:  # written by another version of this program
        log.warning("schedule.unreadable", source_id=source.id, error=str(error))
        return None
