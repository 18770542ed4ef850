"""The passages nearest in meaning within a scope: exactly where that is fast, else by the projects' vector indexes.

Which of the two is decided here and not by the planner: it takes a vector index where an exact search is faster, and
the other way round. An index that finds fewer passages than were asked for is followed by an exact search.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from documents.search.scope import CONDITIONS, FILTERS, View
from documents.search.vector_index import name_suffix

Vector = NDArray[np.float32]

MOST_EXACT = 2_000
"""So many vectors are compared one by one: that takes few milliseconds. Projects that have more get an index."""

_EFFORT = 160
"""How many of the nearest a search in an index keeps while it looks on (`hnsw.ef_search`)."""

_MOST_VISITED = 20_000
_FORETASTE = 4

_INDEXED = text("""
    SELECT CAST(split_part(c.relname, '_', 2) AS bigint) AS project_id
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = CAST('documents.chunk_vector' AS regclass) AND i.indisvalid
        AND starts_with(c.relname, 'near_') AND right(c.relname, length(:suffix)) = :suffix
        AND (CAST(:projects AS bigint[]) IS NULL
            OR CAST(split_part(c.relname, '_', 2) AS bigint) = ANY(CAST(:projects AS bigint[])))
    ORDER BY 1
""")
_PART = text(f"SELECT c.id FROM chunk c WHERE {CONDITIONS} LIMIT :most")  # noqa: S608 - put together from constants; values are bound
_AMONG = text("""
    SELECT chunk_id FROM chunk_vector WHERE chunk_id = ANY(CAST(:ids AS bigint[])) AND model = :model
    ORDER BY vector <=> CAST(CAST(:vector AS text) AS halfvec), chunk_id LIMIT :candidates
""")
# Few of the very nearest are out of scope as a rule: a closer look at some (`nearest`; NULL is all) is enough.
_EXACT = text(f"""
    WITH near AS MATERIALIZED (
        SELECT v.chunk_id, v.vector <=> CAST(CAST(:vector AS text) AS halfvec) AS distance FROM chunk_vector v
        WHERE v.model = :model
            AND (CAST(:searched AS bigint[]) IS NULL OR v.project_id = ANY(CAST(:searched AS bigint[])))
            AND v.project_id <> ALL(CAST(:left_out AS bigint[]))
        ORDER BY distance LIMIT :nearest
    )
    SELECT c.id, near.distance, (SELECT count(*) FROM near) AS seen
    FROM near, LATERAL (SELECT c.id FROM chunk c WHERE c.id = near.chunk_id AND {FILTERS} OFFSET 0) c
    ORDER BY near.distance, c.id LIMIT :candidates
""")  # noqa: S608 - put together from constants; values are bound
# The index knows vectors of one length only. Without sorting, its order is the one way to the answer.
_USE_INDEX = text("""
    SELECT set_config('enable_sort', 'off', true), set_config('hnsw.ef_search', :effort, true),
        set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.max_scan_tuples', :visited, true)
""")
_USE_SORTS = text("SELECT set_config('enable_sort', 'on', true)")
_BY_INDEX = """
    SELECT c.id, CAST(v.vector AS halfvec({dimensions})) <=> CAST(CAST(:vector AS text) AS halfvec) AS distance
    FROM chunk_vector v, LATERAL (SELECT c.id FROM chunk c WHERE c.id = v.chunk_id AND {filters} OFFSET 0) c
    WHERE v.project_id = :project_id AND v.model = :model
    ORDER BY CAST(v.vector AS halfvec({dimensions})) <=> CAST(CAST(:vector AS text) AS halfvec) LIMIT :candidates
"""

Found = list[tuple[float, int]]
"""Distances and ids of chunks."""


class Nearest:
    """Finds the chunks of a view that are nearest to one vector."""

    def __init__(self, session: AsyncSession, view: View, model: str, vector: Vector, candidates: int) -> None:
        self._session = session
        self._view = view
        self._dimensions = len(vector)
        self._candidates = candidates
        self._parameters = {
            **view.parameters(),
            "model": model,
            "vector": literal(vector),
            "candidates": candidates,
        }
        self._suffix = name_suffix(model, self._dimensions)

    async def list_ids(self) -> list[int]:
        """So many as there are, `candidates` at most, the nearest first."""
        projects = self._view.scope.projects
        if projects == []:
            return []
        if self._view.is_filtered:
            part = await self._part()
            if len(part) <= MOST_EXACT:
                return list(await self._session.scalars(_AMONG, {**self._parameters, "ids": part}))
        indexed = await self._indexed()
        found: Found = []
        if projects is None or len(indexed) < len(projects):
            found += await self._exact(projects, left_out=indexed)
        found += await self._by_indexes(indexed)
        return [chunk_id for _, chunk_id in sorted(found)[: self._candidates]]

    async def _part(self) -> Sequence[int]:
        return (await self._session.scalars(_PART, {**self._parameters, "most": MOST_EXACT + 1})).all()

    async def _indexed(self) -> list[int]:
        return list(await self._session.scalars(_INDEXED, {**self._parameters, "suffix": self._suffix}))

    async def _exact(self, projects: list[int] | None, left_out: Sequence[int] = ()) -> Found:
        values = {**self._parameters, "searched": projects, "left_out": list(left_out)}
        nearest: int | None = self._candidates * _FORETASTE
        rows = (await self._session.execute(_EXACT, {**values, "nearest": nearest})).all()
        if len(rows) < self._candidates and (not rows or rows[0].seen == nearest):
            rows = (await self._session.execute(_EXACT, {**values, "nearest": None})).all()
        return [(row.distance, row.id) for row in rows]

    async def _by_indexes(self, projects: Sequence[int]) -> Found:
        if not projects:
            return []
        found: Found = []
        short: list[int] = []
        await self._session.execute(_USE_INDEX, {"effort": str(_EFFORT), "visited": str(_MOST_VISITED)})
        statement = text(_BY_INDEX.format(dimensions=self._dimensions, filters=FILTERS))
        for project_id in projects:
            rows = (await self._session.execute(statement, {**self._parameters, "project_id": project_id})).all()
            found += [(row.distance, row.id) for row in rows]
            short += [project_id] if len(rows) < self._candidates else []
        await self._session.execute(_USE_SORTS)
        if short and len(found) < self._candidates:
            found = [*set(found + await self._exact(short))]
        return found


def literal(vector: Vector) -> str:
    """The vector as Postgres reads it."""
    return "[" + ",".join(f"{value:.6f}" for value in vector.tolist()) + "]"
