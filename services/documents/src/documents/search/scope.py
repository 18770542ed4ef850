"""What a search may look at, as SQL: conditions on a chunk, and words that limit an index scan to such chunks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may look at. `projects` None means all; of the other fields, None means no such limit."""

    projects: list[int] | None
    kinds: list[str] | None = None
    statuses: list[str] | None = None
    epics: list[str] | None = None
    source_ids: list[int] | None = None
    path_prefix: str | None = None
    include_framework: bool = False


# `buried` are deleted sources whose documents the worker hasn't removed yet: hardly ever one. `set_config`: plans are
# made for the values at hand, and no table is ever read from end to end because a filter looked as if it paid.
_LIMITS = text("""
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true),
        ARRAY(SELECT s.id FROM source s WHERE s.is_deleted AND EXISTS (
            SELECT FROM document d WHERE d.source_id = s.id)) AS buried,
        (SELECT CAST(sum(chunks) AS bigint) FROM project_statistics
         WHERE CAST(:projects AS bigint[]) IS NULL OR project_id = ANY(CAST(:projects AS bigint[]))) AS chunks
""")
_DOCUMENTS = text("""
    SELECT id FROM document d
    WHERE (CAST(:projects AS bigint[]) IS NULL OR d.project_id = ANY(CAST(:projects AS bigint[])))
        AND (CAST(:path_prefix AS text) IS NULL OR starts_with(d.path, CAST(:path_prefix AS text)))
        AND (CAST(:statuses AS text[]) IS NULL OR d.status = ANY(CAST(:statuses AS text[])))
        AND (CAST(:epics AS text[]) IS NULL OR d.artifact_id ~* ANY(CAST(:epics AS text[])))
""")

# The sums keep indexes on these columns out of the planner's sight: `within` is the one to find passages by.
FILTERS = """
    c.source_id + 0 <> ALL(CAST(:buried AS bigint[]))
    AND (CAST(:projects AS bigint[]) IS NULL OR c.project_id + 0 = ANY(CAST(:projects AS bigint[])))
    AND (CAST(:kinds AS text[]) IS NULL OR c.kind = ANY(CAST(:kinds AS text[])))
    AND (CAST(:source_ids AS bigint[]) IS NULL OR c.source_id + 0 = ANY(CAST(:source_ids AS bigint[])))
    AND (CAST(:include_framework AS boolean) OR NOT c.is_framework)
    AND (CAST(:documents AS bigint[]) IS NULL OR c.document_id = ANY(CAST(:documents AS bigint[])))
    AND (CAST(:wording AS text) IS NULL OR c.words @@ CAST(CAST(:wording AS text) AS tsquery))
"""
"""Of a chunk `c` that is known; the parameters are a `View`'s."""

CONDITIONS = f"""
    (CAST(:within AS text) IS NULL OR c.words @@ CAST(CAST(:within AS text) AS tsquery)) AND {FILTERS}
"""
"""Of a chunk `c` that is looked for by its words: the same, and what an index scan can be limited by."""


@dataclass(slots=True)
class View:
    """A scope as it is in one transaction. `chunks` are the projects' as last counted, None where they never were.

    `wording` is a tsquery that every passage must meet.
    """

    scope: Scope
    buried: Sequence[int]
    chunks: int | None
    documents: list[int] | None
    wording: str | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether it may be a small part of its projects."""
        limits = (self.scope.kinds, self.scope.source_ids, self.wording)
        return self.documents is not None or any(limits)

    @property
    def within(self) -> str | None:
        """A tsquery of markers that all of its chunks meet."""
        scope = self.scope
        if scope.source_ids:
            marked = [_any("@s", scope.source_ids)]
        else:
            marked = [_any("@p", scope.projects)] if scope.projects else []
        marked += [_any("@k", scope.kinds)] if scope.kinds else []
        return " & ".join(marked) or None

    def parameters(self) -> dict[str, object]:
        """Values of the parameters in `CONDITIONS` and `FILTERS`."""
        return {
            "within": self.within,
            "buried": self.buried,
            "projects": self.scope.projects,
            "kinds": self.scope.kinds or None,
            "source_ids": self.scope.source_ids or None,
            "include_framework": self.scope.include_framework,
            "documents": self.documents,
            "wording": self.wording,
        }


async def view(session: AsyncSession, scope: Scope) -> View:
    """Read what the scope is now, and prepare the transaction for searching."""
    limits = (await session.execute(_LIMITS, {"projects": scope.projects})).one()
    documents: list[int] | None = None
    if scope.path_prefix or scope.statuses or scope.epics:
        parameters = {
            "projects": scope.projects,
            "path_prefix": scope.path_prefix or None,
            "statuses": scope.statuses or None,
            "epics": [_of_epic(epic) for epic in scope.epics or ()] or None,
        }
        documents = list(await session.scalars(_DOCUMENTS, parameters))
    return View(scope, limits.buried, limits.chunks, documents)


def _any(prefix: str, values: Iterable[object]) -> str:
    quoted = (str(value).replace("\\", "\\\\").replace("'", "''") for value in values)
    return "(" + " | ".join(f"'{prefix}{value}'" for value in quoted) + ")"


def _of_epic(number: str) -> str:
    """A pattern for the identifiers of an epic and its stories, as recognition writes them."""
    escaped = re.escape(number)
    return rf"^(?:epic-{escaped}|{escaped}\..*)$"
