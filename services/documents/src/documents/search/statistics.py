"""How many passages projects have and which words are frequent in them: what a search needn't count each time.

Frameworks' own files don't count: searches leave them out.
"""

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from documents.search.metrics import WORDS_COUNTED

log = structlog.get_logger(__name__)

FREQUENT = 100
"""A word in so many chunks of a project is frequent; others are counted when they are asked for."""

_LEAST_CHUNKS = 300
_SAMPLE = 20_000
_DRIFT = 0.1

_COUNT = text("""
    WITH counted AS (
        SELECT project_id, count(*) AS chunks FROM chunk WHERE NOT is_framework GROUP BY project_id
    ), gone AS (
        DELETE FROM project_statistics s WHERE NOT EXISTS (SELECT FROM counted c WHERE c.project_id = s.project_id)
    )
    INSERT INTO project_statistics AS s (project_id, chunks, chunks_counted)
    SELECT project_id, chunks, 0 FROM counted
    ON CONFLICT (project_id) DO UPDATE SET chunks = excluded.chunks WHERE s.chunks <> excluded.chunks
""")
_FORGET = text("""
    DELETE FROM frequent_word w WHERE NOT EXISTS (
        SELECT FROM project_statistics s WHERE s.project_id = w.project_id AND s.chunks >= :least)
""")
_DRIFTED = text("""
    SELECT project_id, chunks FROM project_statistics
    WHERE chunks >= :least AND abs(chunks - chunks_counted) > CAST(:drift AS float) * chunks_counted ORDER BY project_id
""")
_REPLACE = text("""
    WITH old AS (DELETE FROM frequent_word WHERE project_id = :project_id AND NOT lexeme = ANY(:lexemes)),
    counted AS (UPDATE project_statistics SET chunks_counted = :chunks WHERE project_id = :project_id)
    INSERT INTO frequent_word AS w (project_id, lexeme, chunks)
    SELECT :project_id, u.lexeme, u.chunks FROM unnest(CAST(:lexemes AS text[]), CAST(:counts AS bigint[]))
        u(lexeme, chunks)
    ON CONFLICT (project_id, lexeme) DO UPDATE SET chunks = excluded.chunks
""")
# The statement is a text of numbers. A large project is judged by every nth chunk.
_WORDS = text("""
    SELECT word, :step * ndoc AS chunks FROM ts_stat(
        'SELECT words FROM documents.chunk WHERE NOT is_framework AND project_id = ' || CAST(:project_id AS bigint)
        || ' AND id % ' || CAST(:step AS int) || ' = 0')
    WHERE :step * ndoc >= :frequent AND NOT starts_with(word, '@')
""")


async def refresh_statistics(connection: AsyncConnection) -> None:
    """Count chunks, and words of projects whose number of chunks has changed by a tenth since.

    Needs a connection that commits each statement.
    """
    await connection.execute(_COUNT)
    await connection.execute(_FORGET, {"least": _LEAST_CHUNKS})
    for project_id, chunks in (await connection.execute(_DRIFTED, {"least": _LEAST_CHUNKS, "drift": _DRIFT})).all():
        step = -(-chunks // _SAMPLE)
        values = {"project_id": project_id, "step": step, "frequent": FREQUENT}
        words = (await connection.execute(_WORDS, values)).all()
        lexemes, counts = [row.word for row in words], [row.chunks for row in words]
        values = {"project_id": project_id, "chunks": chunks, "lexemes": lexemes, "counts": counts}
        await connection.execute(_REPLACE, values)
        WORDS_COUNTED.inc()
        log.info("search.words_counted", project_id=project_id, chunks=chunks, frequent_words=len(words))
