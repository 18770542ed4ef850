"""Vector indexes: an index of its own (HNSW) for every project that is too large to be searched exactly, and model.

One index over all projects would have to leave most of what it finds to the filter by project, and loses many of the
nearest that way. Their names say what they are of: `near_<project>_<dimensions>_<digest of the model>`.
"""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from documents.search.metrics import INDEX_SECONDS, INDEXES

log = structlog.get_logger(__name__)

_MOST_DIMENSIONS = 4_000  # of an index of halfvec
_MEGABYTE = 2**20

_PARTS = text("""
    SELECT p.project_id, p.model, p.vectors, (
        SELECT vector_dims(v.vector) FROM chunk_vector v WHERE v.project_id = p.project_id AND v.model = p.model LIMIT 1
    ) AS dimensions
    FROM (SELECT project_id, model, count(*) AS vectors FROM chunk_vector GROUP BY project_id, model
          HAVING count(*) > :least) p
""")
_STORED = text("""
    SELECT c.relname AS name, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = CAST('documents.chunk_vector' AS regclass) AND starts_with(c.relname, 'near_')
""")
_SYNCING = text("SELECT DISTINCT project_id FROM sync_job WHERE state = 'running'")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of vectors: a project with more than `most_exact` gets an index, one with fewer than half loses it.

    While a project is synced, its index waits: filling it row by row takes longer than making it at the end. But one
    with more than `too_slow` can't wait.
    """

    most_exact: int
    too_slow: int
    build_megabytes: int = 512


@dataclass(frozen=True, slots=True)
class Part:
    """The vectors of one model in one project."""

    project_id: int
    model: str
    vectors: int
    dimensions: int

    @property
    def index_name(self) -> str:
        return f"near_{self.project_id}{name_suffix(self.model, self.dimensions)}"


def name_suffix(model: str, dimensions: int) -> str:
    """The end of the names of all indexes of a model's vectors."""
    return f"_{dimensions}_{hashlib.sha256(model.encode()).hexdigest()[:12]}"


async def tend_indexes(connection: AsyncConnection, sizes: Sizes) -> bool:
    """Make the indexes that are wanted and drop the others, also what a killed build left; False if some must wait.

    Needs a connection that commits each statement, and that nobody else does the same meanwhile.
    """
    rows = (await connection.execute(_PARTS, {"least": sizes.most_exact // 2})).all()
    parts = [part for part in (Part(*row) for row in rows) if part.dimensions <= _MOST_DIMENSIONS]
    stored = {row.name: row.indisvalid for row in await connection.execute(_STORED)}
    kept = {part.index_name for part in parts}
    for name, is_valid in stored.items():
        if name not in kept or not is_valid:
            await _drop(connection, name)
    valid = {name for name, is_valid in stored.items() if is_valid}
    missing = [part for part in parts if part.vectors > sizes.most_exact and part.index_name not in valid]
    syncing = set(await connection.scalars(_SYNCING)) if missing else set[int]()
    ready = [part for part in missing if part.project_id not in syncing or part.vectors > sizes.too_slow]
    await _build(connection, ready, sizes)
    INDEXES.set(len(valid & kept) + len(ready))
    return len(ready) == len(missing)


async def _build(connection: AsyncConnection, parts: Iterable[Part], sizes: Sizes) -> None:
    """The smallest first: more projects are searched fast sooner."""
    for part in sorted(parts, key=lambda each: each.vectors):
        began = time.monotonic()
        await _set_memory(connection, part, sizes.build_megabytes)
        await connection.exec_driver_sql(_definition(part))
        seconds = time.monotonic() - began
        INDEX_SECONDS.inc(seconds)
        log.info("search.index_built", index=part.index_name, vectors=part.vectors, seconds=round(seconds, 1))


async def _set_memory(connection: AsyncConnection, part: Part, most: int) -> None:
    """A build that fits into memory is many times faster. One process: searches need the other processors."""
    wanted = part.vectors * (2 * part.dimensions + 500) * 5 // 4 // _MEGABYTE
    await connection.exec_driver_sql(f"SET maintenance_work_mem = '{max(64, min(wanted, most))}MB'")
    await connection.exec_driver_sql("SET max_parallel_maintenance_workers = 0")


def _definition(part: Part) -> str:
    """Such as a search asks: its condition and expression must be the same, word for word."""
    model = part.model.replace("'", "''")
    return f"""
        CREATE INDEX CONCURRENTLY {part.index_name} ON documents.chunk_vector
        USING hnsw (CAST(vector AS halfvec({part.dimensions})) halfvec_cosine_ops)
        WHERE project_id = {part.project_id} AND model = '{model}'
    """


async def _drop(connection: AsyncConnection, name: str) -> None:
    await connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS documents.{name}")
    log.info("search.index_dropped", index=name)
