"""Keeps up what fast searches need, behind the syncs: counts of words and vector indexes."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import Database
from documents.search.nearest import MOST_EXACT
from documents.search.statistics import refresh_statistics
from documents.search.vector_index import Sizes, tend_indexes

SIZES = Sizes(most_exact=MOST_EXACT, too_slow=10 * MOST_EXACT)

# Held by the session that makes the indexes, so also by one that goes on after its worker was killed.
_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('documents.search_upkeep', 0))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended('documents.search_upkeep', 0))")
_WRITES = text("""
    SELECT CAST(sum(n_tup_ins + n_tup_del) AS bigint) FROM pg_stat_user_tables
    WHERE schemaname = 'documents' AND relname IN ('chunk', 'chunk_vector')
""")


class SearchUpkeep:
    """Of several workers, one at a time looks after it. What is interrupted is done by the next run."""

    def __init__(self, database: Database, sizes: Sizes = SIZES) -> None:
        self._database = database
        self._sizes = sizes
        self._done_at: int | None = None

    async def run(self) -> None:
        """Do what is to do now; where nothing was written since the last run, that is nothing."""
        async with self._database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            if not await connection.scalar(_LOCK):
                return
            try:
                await self._run(connection)
            except BaseException:
                await connection.invalidate()  # whatever state it is in, the lock goes with it
                raise
            await connection.exec_driver_sql("RESET ALL")
            await connection.execute(_UNLOCK)

    async def _run(self, connection: AsyncConnection) -> None:
        writes = await connection.scalar(_WRITES)
        if writes == self._done_at:
            return
        await refresh_statistics(connection)
        is_done = await tend_indexes(connection, self._sizes)
        self._done_at = writes if is_done else None
