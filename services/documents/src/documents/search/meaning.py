"""The query as vectors: one by each model that the passages in scope are embedded with, while there are several."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from documents.embedding import Embedder, EmbeddingUnavailable
from documents.search.nearest import Vector
from documents.search.scope import Scope

log = structlog.get_logger(__name__)

WORDS_ONLY = "The embedding model doesn't answer: these results were found by words alone."
PARTLY_BY_WORDS = "Some documents are embedded by a model that doesn't answer: they were found by words alone."
SWITCHING = "Some documents are being embedded anew by another model: until then they are found by words alone."

_MODELS = text("""
    SELECT DISTINCT unnest(models) FROM source WHERE NOT is_deleted
        AND (CAST(:projects AS bigint[]) IS NULL OR project_id = ANY(CAST(:projects AS bigint[])))
        AND (CAST(:source_ids AS bigint[]) IS NULL OR id = ANY(CAST(:source_ids AS bigint[])))
""")


@dataclass(slots=True)
class Meaning:
    """What a query means, by model, of those `in_use`. `is_missing`: passages in scope are of yet another one."""

    in_use: frozenset[str] = frozenset()
    vectors: dict[str, Vector] = field(default_factory=dict[str, Vector])
    is_missing: bool = False
    has_failed: bool = False

    async def is_outdated(self, session: AsyncSession, scope: Scope) -> bool:
        """Whether a source has switched to another model since: what was found by this may lack all of its passages."""
        return bool(self.vectors) and await _models_in_use(session, scope) != self.in_use

    @property
    def warnings(self) -> list[str]:
        """What the user should know of what wasn't searched by meaning."""
        if not self.is_missing:
            return []
        if not self.has_failed:
            return [SWITCHING]
        return [PARTLY_BY_WORDS if self.vectors else WORDS_ONLY]


async def meaning_of(query: str, scope: Scope, database: Database, embedders: Sequence[Embedder]) -> Meaning:
    """The query by each model that is in use in the scope, as far as one of the embedders is that model.

    No transaction is open while they work.
    """
    async with database.transaction() as session:
        in_use = await _models_in_use(session, scope)
    meaning = Meaning(in_use)
    for embedder in embedders:
        if in_use and in_use <= meaning.vectors.keys():
            break
        try:
            model = await embedder.identify()
            if not in_use or model in in_use:
                meaning.vectors[model] = (await embedder.embed([query], kind="query"))[0]
        except EmbeddingUnavailable as error:
            meaning.has_failed = True
            log.warning("search.embedding_unavailable", error=str(error))
    meaning.is_missing = not in_use <= meaning.vectors.keys() or (meaning.has_failed and not meaning.vectors)
    return meaning


async def _models_in_use(session: AsyncSession, scope: Scope) -> frozenset[str]:
    values = {"projects": scope.projects, "source_ids": scope.source_ids or None}
    return frozenset((await session.scalars(_MODELS, values)).all())
