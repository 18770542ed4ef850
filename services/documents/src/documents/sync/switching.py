"""Another embedding model in the settings: a re-index of every source that has vectors of any other is queued.

Until a source's turn has come and its re-index switches, its old vectors stay, and searches use them where they can
still embed the query with the old model (`documents.search.meaning`).
"""

import structlog
from sqlalchemy import text

from common.database import Database
from documents.sync.jobs import CHANNEL

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 600.0
"""Before a re-index that failed or was cancelled is queued again."""

_LOCK = text("SELECT pg_advisory_xact_lock(7308324466019890)")  # constant of our own: workers do this one by one
_QUEUE = text("""
    INSERT INTO sync_job (id, project_id, source_id, kind, state, requested_at)
    SELECT gen_random_uuid(), s.project_id, s.id, 'reindex', 'queued', now() FROM source s
    WHERE NOT s.is_deleted AND s.models NOT IN ('{}', ARRAY[CAST(:model AS text)]) AND NOT EXISTS (
        SELECT FROM sync_job j WHERE j.source_id = s.id AND j.kind = 'reindex' AND (j.state IN ('queued', 'running')
            OR j.state <> 'succeeded' AND j.finished_at > now() - make_interval(secs => :pause))
    )
    RETURNING source_id
""")
_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', '')")


async def queue_reindexes(database: Database, model: str, pause_seconds: float = PAUSE_SECONDS) -> list[int]:
    """Queue what has to be embedded anew, so that all vectors are of this model; the ids of those sources."""
    async with database.transaction() as session:
        await session.execute(_LOCK)
        source_ids = (await session.scalars(_QUEUE, {"model": model, "pause": pause_seconds})).all()
        if source_ids:
            await session.execute(_NOTIFY)
            log.info("sync.model_changed", model=model, sources=len(source_ids))
    return list(source_ids)
