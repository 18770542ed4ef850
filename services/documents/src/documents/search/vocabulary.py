"""The words of a project's titles and headings, which mistyped words are compared with; read when first needed."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from documents.search.near_words import SHORTEST, Vocabulary

MOST_PROJECTS = 20
"""Of more projects at once, the words aren't read."""

_KEPT = 64
_SECONDS = 300.0

# Headings are bounded, so that the largest project costs some tenths of a second, once after each sync.
_WORDS = text(f"""
    SELECT w.word, count(*) AS frequency FROM (
        (SELECT title_words FROM document WHERE project_id = :project_id AND NOT is_framework LIMIT 20000)
        UNION ALL
        (SELECT s.heading_words FROM document d JOIN section s ON s.document_id = d.id
         WHERE d.project_id = :project_id AND NOT d.is_framework LIMIT 40000)
    ) t(words), unnest(string_to_array(t.words, ' ')) w(word)
    WHERE length(w.word) BETWEEN {SHORTEST} AND 30 AND w.word !~ '[0-9]'
    GROUP BY w.word ORDER BY count(*) DESC, w.word LIMIT 30000
""")  # noqa: S608 - put together from constants; values are bound
_STATES = text("""
    SELECT project_id, CAST(array_agg(ROW(id, synced_at) ORDER BY id) AS text) FROM source
    WHERE NOT is_deleted AND (CAST(:projects AS bigint[]) IS NULL OR project_id = ANY(CAST(:projects AS bigint[])))
    GROUP BY project_id ORDER BY project_id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class _Kept:
    words: dict[str, int]
    state: str
    read_at: float


class Vocabularies:
    """Those of the projects asked for lately, each until one of its sources is synced, for some minutes at most."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    async def of(self, session: AsyncSession, projects: Sequence[int] | None) -> Vocabulary:
        """The words of these projects (None: all); of none but identifiers' labels where they are too many."""
        parameters = {"projects": None if projects is None else list(projects), "limit": MOST_PROJECTS + 1}
        states = (await session.execute(_STATES, parameters)).all()
        counts: dict[str, int] = {}
        for project_id, state in states if len(states) <= MOST_PROJECTS else ():
            for word, count in (await self._of_project(session, project_id, state)).items():
                counts[word] = counts.get(word, 0) + count
        return Vocabulary(counts)

    async def _of_project(self, session: AsyncSession, project_id: int, state: str) -> dict[str, int]:
        kept = self._kept.pop(project_id, None)
        if kept is None or kept.state != state or time.monotonic() - kept.read_at > _SECONDS:
            rows = (await session.execute(_WORDS, {"project_id": project_id})).all()
            kept = _Kept({row.word: row.frequency for row in rows}, state, time.monotonic())
        self._kept[project_id] = kept
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return kept.words
