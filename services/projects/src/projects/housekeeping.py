"""What is done now and then: old runs and deliveries of git hosts are forgotten."""

import asyncio

import structlog
from prometheus_client import Counter
from sqlalchemy import text

from common.database import Database
from projects.repository import EVERYTHING, ProjectRepository, SourceRepository

log = structlog.get_logger(__name__)

KEPT_RUNS = 200
KEPT_DAYS = 90
_BATCH = 200
_PRUNE_SECONDS = 3600.0

RUNS_PRUNED = Counter("projects_sync_run_pruned", "Old runs that were forgotten")

_WITH_OLD_RUNS = text("""
    SELECT source_id, min(project_id) FROM sync_run
    GROUP BY source_id HAVING count(*) > :kept OR min(requested_at) < now() - make_interval(days => :days)
""")
# The last one of each kind that ended stays: it tells how the source stands.
_FORGET = text("""
    WITH ranked AS (
        SELECT id, requested_at, finished_at, row_number() OVER (ORDER BY id DESC) AS place,
            row_number() OVER (PARTITION BY kind ORDER BY finished_at DESC NULLS LAST, id DESC) AS place_of_kind
        FROM sync_run WHERE source_id = :source_id
    )
    DELETE FROM sync_run WHERE id IN (
        SELECT id FROM ranked
        WHERE finished_at IS NOT NULL AND place_of_kind > 1
            AND (place > :kept OR requested_at < now() - make_interval(days => :days))
        ORDER BY id LIMIT :batch
    ) RETURNING id
""")


class RunHistory:
    """Keeps the newest 200 runs of a source, and none that is older than 90 days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Every hour. Raises when the database is down: call it again."""
        while True:
            await self.prune()
            async with self._database.transaction() as session:
                await SourceRepository(session).forget_deliveries()
            await asyncio.sleep(_PRUNE_SECONDS)

    async def prune(self) -> int:
        """Forget what is too old or too much, in transactions of few rows; how many runs that were."""
        bounds = {"kept": KEPT_RUNS, "days": KEPT_DAYS}
        async with self._database.transaction() as session:
            found = (await session.execute(_WITH_OLD_RUNS, bounds)).all()
        total = 0
        for source_id, project_id in found:
            while pruned := await self._forget_some(project_id, bounds | {"source_id": source_id, "batch": _BATCH}):
                total += pruned
        RUNS_PRUNED.inc(total)
        if total:
            log.info("sync_run.pruned", runs=total)
        return total

    async def _forget_some(self, project_id: int, values: dict[str, int]) -> int:
        async with self._database.transaction() as session:
            await ProjectRepository(session).lock(project_id, EVERYTHING)
            return len((await session.execute(_FORGET, values)).all())
