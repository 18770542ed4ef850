"""The SQL of searching: how frequent words are, which passages are candidates and what speaks for each of them.

Every statement is limited to a `Scope`, and its plan is made for the values at hand (`plan_cache_mode`): a generic plan
would treat the smallest project like the largest.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from documents.search.query import Query

Vector = NDArray[np.float32]

CANDIDATES = 100
"""How many passages each way of finding contributes at most."""

LANGUAGES = ("english", "french", "german", "spanish", "italian", "portuguese", "dutch")
"""Whose stop words we know (Postgres' own lists)."""

LEVELS = [1.0, 1.0, 1.0, 1.0]
"""What a word counts in the body (D, C), in headings (B) and in the title (A): more for headings lost in a trial."""

_TELLING = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search may look at. `projects` None means all; of the other fields, None means no such limit."""

    projects: list[int] | None
    kinds: list[str] | None = None
    source_ids: list[int] | None = None
    path_prefix: str | None = None
    include_framework: bool = False

    def parameters(self) -> dict[str, object]:
        """Values of the parameters in `_SCOPE` that a request sets."""
        return {
            "projects": self.projects,
            "kinds": self.kinds or None,
            "source_ids": self.source_ids or None,
            "path_prefix": self.path_prefix or None,
            "include_framework": self.include_framework,
        }


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the query as the index knows it: a tsquery in text form, and its weight (rarer is heavier)."""

    word: str
    tsquery: str
    frequency: int
    weight: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage and its features: `ranks` per term (0 where absent), `cosine` None where it has no vector."""

    chunk_id: int
    document_id: int
    position: int
    heading_path: Sequence[str]
    line_start: int
    line_end: int
    text: str
    content_hash: str
    kind: str
    title: str
    artifact_id: str | None
    ranks: Sequence[float]
    cosine: float | None


@dataclass(frozen=True, slots=True)
class Passage:
    """What a hit shows of a chunk's document; `lines` are the whole lines that hold the chunk."""

    project_id: int
    document_id: int
    source_id: int
    path: str
    file_type: str
    title: str
    heading_path: Sequence[str]
    anchor: str | None
    kind: str
    artifact_id: str | None
    commit_sha: str
    lines: str


# Deleted sources whose documents the worker hasn't removed yet: hardly ever one.
_BURIED = text("""
    SELECT s.id FROM source s WHERE s.is_deleted AND EXISTS (SELECT FROM document d WHERE d.source_id = s.id)
""")

_SCOPE = """
    c.source_id <> ALL(CAST(:buried AS bigint[]))
    AND (CAST(:projects AS bigint[]) IS NULL OR c.project_id = ANY(CAST(:projects AS bigint[])))
    AND (CAST(:kinds AS text[]) IS NULL OR c.kind = ANY(CAST(:kinds AS text[])))
    AND (CAST(:source_ids AS bigint[]) IS NULL OR c.source_id = ANY(CAST(:source_ids AS bigint[])))
    AND (CAST(:include_framework AS boolean) OR NOT c.is_framework)
    AND (CAST(:path_prefix AS text) IS NULL OR EXISTS (
        SELECT FROM document d WHERE d.id = c.document_id AND starts_with(d.path, CAST(:path_prefix AS text))))
"""

# English stemming for every language: stored and asked words are treated alike, which is what counts. `stops_in` names
# the languages that hardly mean anything by the word.
_TERMS = f"""
WITH word AS (
    SELECT w.word, w.ordinality,
        plainto_tsquery('english', w.word) AS query,
        ARRAY(SELECT l FROM unnest(CAST(:languages AS text[])) l WHERE to_tsvector(CAST(l AS regconfig), w.word) = '')
            AS stops_in
    FROM unnest(CAST(:words AS text[])) WITH ORDINALITY w(word, ordinality)
)
SELECT word, CAST(query AS text) AS tsquery, stops_in,
    (SELECT count(*) FROM chunk c WHERE c.words @@ query AND {_SCOPE}) AS frequency,
    (SELECT count(*) FROM chunk c WHERE {_SCOPE}) AS total
FROM word WHERE numnode(query) > 0 ORDER BY ordinality
"""  # noqa: S608 - put together from constants; values are bound

# Four ways to become a candidate; then all features of each, whichever way it came.
_CANDIDATES = f"""
WITH term AS (
    SELECT CAST(t.query AS tsquery) AS query, t.weight
    FROM unnest(CAST(:tsqueries AS text[]), CAST(:weights AS real[])) t(query, weight)
), lexical AS (
    SELECT c.id FROM chunk c
    WHERE c.words @@ CAST(CAST(:any_of AS text) AS tsquery) AND {_SCOPE}
    ORDER BY (SELECT sum(term.weight * ts_rank(CAST(:levels AS real[]), c.words, term.query)) FROM term) DESC, c.id
    LIMIT :candidates
), semantic AS (
    SELECT c.id FROM chunk_vector v JOIN chunk c ON c.id = v.chunk_id
    WHERE CAST(:vector AS text) IS NOT NULL AND {_SCOPE}
        AND (CAST(:projects AS bigint[]) IS NULL OR v.project_id = ANY(CAST(:projects AS bigint[])))
    ORDER BY v.vector <=> CAST(CAST(:vector AS text) AS halfvec), c.id
    LIMIT :candidates
), identified AS (
    SELECT c.id FROM chunk c
    WHERE c.words @@ CAST((
            SELECT string_agg('(' || CAST(plainto_tsquery('simple', w) AS text) || ')', ' | ')
            FROM unnest(CAST(:identifier_words AS text[])) w) AS tsquery)
        AND {_SCOPE}
    ORDER BY (array_to_string(c.heading_path[cardinality(c.heading_path):], '') ~* ANY(CAST(:patterns AS text[]))) DESC,
        (c.text ~* ANY(CAST(:definitions AS text[]))) DESC, c.id
    LIMIT :candidates
), artifact AS (
    SELECT c.id FROM document d JOIN chunk c ON c.document_id = d.id
    WHERE d.artifact_id = ANY(CAST(:artifact_ids AS text[])) AND {_SCOPE}
        AND (CAST(:projects AS bigint[]) IS NULL OR d.project_id = ANY(CAST(:projects AS bigint[])))
    ORDER BY c.position, c.id
    LIMIT :candidates
), candidate AS (
    SELECT id FROM lexical WHERE CAST(:by_words AS boolean)
    UNION SELECT id FROM semantic
    UNION SELECT id FROM identified WHERE CAST(:by_words AS boolean)
    UNION SELECT id FROM artifact WHERE CAST(:by_words AS boolean)
)
SELECT c.id AS chunk_id, c.document_id, c.position, c.heading_path, c.line_start, c.line_end, c.text, c.content_hash,
    c.kind, d.title, d.artifact_id,
    ARRAY(SELECT ts_rank(CAST(:levels AS real[]), c.words, CAST(t.query AS tsquery))
          FROM unnest(CAST(:tsqueries AS text[])) WITH ORDINALITY t(query, n) ORDER BY t.n) AS ranks,
    1 - (v.vector <=> CAST(CAST(:vector AS text) AS halfvec)) AS cosine
FROM candidate JOIN chunk c USING (id) JOIN document d ON d.id = c.document_id
    LEFT JOIN chunk_vector v ON v.chunk_id = c.id
ORDER BY c.id
"""  # noqa: S608 - as above

_PASSAGES = f"""
SELECT c.id, c.project_id, c.document_id, c.source_id, d.path, d.file_type, d.title, c.heading_path, c.anchor, c.kind,
    d.artifact_id, d.commit_sha,
    array_to_string((string_to_array(d.content, E'\\n'))[w.line_start:w.line_end], E'\\n') AS lines
FROM unnest(CAST(:ids AS bigint[]), CAST(:starts AS int[]), CAST(:ends AS int[])) w(id, line_start, line_end)
    JOIN chunk c ON c.id = w.id JOIN document d ON d.id = c.document_id
WHERE {_SCOPE}
"""  # noqa: S608 - as above


class SearchRepository:
    """Reads candidates within one scope."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._buried: list[int] = []

    async def prepare(self) -> None:
        """Call once in the transaction, before the other methods."""
        await self._session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        self._buried = list(await self._session.scalars(_BURIED))

    def _within_scope(self) -> dict[str, object]:
        return self._scope.parameters() | {"buried": self._buried}

    async def list_terms(self, words: Sequence[str]) -> list[Term]:
        """The words that the index can know, stop words of the query's language left out, weighted by rarity."""
        if not words:
            return []
        parameters = {"words": list(words), "languages": list(LANGUAGES), **self._within_scope()}
        rows = (await self._session.execute(text(_TERMS), parameters)).all()
        stops = Counter(language for row in rows for language in row.stops_in)
        spoken = {"english", *(language for language, _ in stops.most_common(1))}
        return [
            Term(row.word, row.tsquery, row.frequency, _rarity(row.frequency, row.total))
            for row in rows
            if not spoken.intersection(row.stops_in)
        ]

    async def list_candidates(
        self, terms: Sequence[Term], query: Query, vector: Vector | None, *, by_words: bool
    ) -> list[Candidate]:
        """Passages found by words, by meaning (with a vector), by identifiers and by artifacts; each once."""
        parameters = {
            "tsqueries": [term.tsquery for term in terms],
            "weights": [term.weight for term in terms],
            "any_of": _any_of(_telling(terms)),
            "levels": LEVELS,
            "vector": None if vector is None else _literal(vector),
            "identifier_words": [each.word for each in query.identifiers],
            "patterns": [each.pattern for each in query.identifiers],
            "definitions": [each.definition for each in query.identifiers],
            "artifact_ids": [each.artifact_id for each in query.identifiers if each.artifact_id],
            "by_words": by_words,
            "candidates": CANDIDATES,
            **self._within_scope(),
        }
        rows = await self._session.execute(text(_CANDIDATES), parameters)
        return [Candidate(**row._mapping) for row in rows]  # pyright: ignore[reportPrivateUsage] - the public name, despite its underscore

    async def list_passages(self, spans: Sequence[tuple[int, int, int]]) -> dict[int, Passage]:
        """The lines (first, last) of the files of chunks, by chunk id; a chunk that went meanwhile is missing."""
        ids, starts, ends = (list(each) for each in zip(*spans, strict=True)) if spans else ([], [], [])
        parameters = {"ids": ids, "starts": starts, "ends": ends, **self._within_scope()}
        rows = (await self._session.execute(text(_PASSAGES), parameters)).mappings()
        return {row["id"]: Passage(**{name: row[name] for name in Passage.__slots__}) for row in rows}


def _rarity(frequency: int, total: int) -> float:
    """BM25's inverse document frequency."""
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _telling(terms: Sequence[Term]) -> list[Term]:
    """The terms worth collecting candidates by: the rarest that occur; the others only count in the ranking."""
    found = sorted((term for term in terms if term.frequency), key=lambda term: -term.weight)
    return found[:_TELLING]


def _any_of(terms: Sequence[Term]) -> str:
    return " | ".join(f"({term.tsquery})" for term in terms)


def _literal(vector: Vector) -> str:
    return "[" + ",".join(f"{value:.6f}" for value in vector.tolist()) + "]"
