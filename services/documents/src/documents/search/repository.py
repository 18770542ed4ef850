"""The SQL of searching: how frequent words are, which passages are candidates and what speaks for each of them.

Every statement is limited to a `Scope`, and its plan is made for the values at hand: a generic plan would treat the
smallest project like the largest.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from documents.search.nearest import Nearest, Vector, literal
from documents.search.query import Query
from documents.search.rungs import MOST_SCORED, rungs
from documents.search.scope import CONDITIONS, FILTERS, Scope, View, view
from documents.search.terms import Term
from documents.text_search import french_stems

__all__ = ["Candidate", "Passage", "Scope", "SearchRepository", "Term", "Vector"]

CANDIDATES = 100
"""How many passages each way of finding contributes at most."""

LANGUAGES = ("english", "french", "german", "spanish", "italian", "portuguese", "dutch")
"""Whose stop words we know (Postgres' own lists)."""

LEVELS = [1.0, 1.0, 1.0, 1.0]
"""What a word counts in the body (D, C), in headings (B) and in the title (A): more for headings lost in a trial."""

MOST_COUNTED = 1_000
"""A word that isn't known to be frequent is counted so far; also one in a small part of a project."""

_MOST_IDENTIFIED = 1_000
_MOST_READ = 300
_SMALL = 1_000  # chunks: counted when asked


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
    path: str
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


# English stemming for every language: stored and asked words are treated alike, which is what counts. What was
# recognised as French is found by French stems too. `stops_in` names languages that hardly mean anything by the word.
_TERMS = f"""
WITH word AS MATERIALIZED (
    SELECT w.word, w.ordinality, stem.query,
        ARRAY(SELECT l FROM unnest(CAST(:languages AS text[])) l WHERE to_tsvector(CAST(l AS regconfig), w.word) = '')
            AS stops_in
    FROM unnest(CAST(:words AS text[])) WITH ORDINALITY w(word, ordinality), LATERAL (
        VALUES (plainto_tsquery('english', w.word)), ({french_stems("w.word", "plainto_tsquery")})) stem(query)
)
SELECT word, CAST(query AS text) AS tsquery, stops_in, known.chunks AS known,
    CASE WHEN known.chunks IS NULL OR CAST(:is_filtered AS boolean) THEN (SELECT count(*) FROM (
        SELECT FROM chunk c WHERE c.words @@ query AND {CONDITIONS} LIMIT :most) f) END AS counted,
    CASE WHEN coalesce(CAST(:chunks AS bigint), 0) < {_SMALL}
        THEN (SELECT count(*) FROM chunk c WHERE {CONDITIONS}) ELSE CAST(:chunks AS bigint) END AS total
FROM word LEFT JOIN LATERAL (
    SELECT CAST(sum(f.chunks) AS bigint) AS chunks FROM frequent_word f
    WHERE numnode(query) = 1 AND f.lexeme = btrim(CAST(query AS text), '''')
        AND (CAST(:projects AS bigint[]) IS NULL OR f.project_id = ANY(CAST(:projects AS bigint[])))
) known ON true
WHERE numnode(query) > 0 ORDER BY ordinality
"""  # noqa: S608 - put together from constants; values are bound

_MATCHED = (
    f"(SELECT c.id, c.words FROM chunk c WHERE c.words @@ CAST(CAST(:rung_{{}} AS text) AS tsquery) AND {CONDITIONS})"  # noqa: S608 - put together from constants; values are bound
)
_NO_MATCH = "(SELECT c.id, c.words FROM chunk c WHERE false)"

# Four ways to become a candidate, the nearest in meaning being known; then all features of each, whichever way it came.
# What an identifier's definition is, is read in so many passages only, those that have it in a heading first.
_CANDIDATES = f"""
WITH term AS MATERIALIZED (
    SELECT CAST(t.query AS tsquery) AS query, t.weight, t.n
    FROM unnest(CAST(:tsqueries AS text[]), CAST(:weights AS real[])) WITH ORDINALITY t(query, weight, n)
), meaning AS MATERIALIZED (
    SELECT m.model, CAST(m.vector AS halfvec) AS vector
    FROM unnest(CAST(:models AS text[]), CAST(:vectors AS text[])) m(model, vector)
), lexical AS (
    SELECT id FROM ({{matched}} LIMIT :most_scored) m
    ORDER BY (SELECT sum(term.weight * ts_rank(CAST(:levels AS real[]), m.words, term.query)) FROM term) DESC, id
    LIMIT :candidates
), identifier AS MATERIALIZED (
    SELECT CAST(string_agg('(' || CAST(plainto_tsquery('simple', w) AS text) || ')', ' | ') AS tsquery) AS query
    FROM unnest(CAST(:identifier_words AS text[])) w
), identified AS (
    SELECT id FROM (
        SELECT c.id, c.heading_path, c.text FROM (
            SELECT c.* FROM chunk c WHERE c.words @@ (SELECT query FROM identifier) AND {CONDITIONS}
            LIMIT {_MOST_IDENTIFIED}) c
        ORDER BY (ts_rank('{{{{0, 0, 1, 1}}}}', c.words, (SELECT query FROM identifier)) > 0) DESC, c.id
        LIMIT {_MOST_READ}
    ) c
    ORDER BY (array_to_string(c.heading_path[cardinality(c.heading_path):], '') ~* ANY(CAST(:patterns AS text[]))) DESC,
        (c.text ~* ANY(CAST(:definitions AS text[]))) DESC, c.id
    LIMIT :candidates
), artifact AS (
    SELECT c.id FROM document d JOIN chunk c ON c.document_id = d.id
    WHERE d.artifact_id = ANY(CAST(:artifact_ids AS text[])) AND {FILTERS}
        AND (CAST(:projects AS bigint[]) IS NULL OR d.project_id = ANY(CAST(:projects AS bigint[])))
    ORDER BY c.position, c.id
    LIMIT :candidates
), candidate AS (
    SELECT id FROM lexical WHERE CAST(:by_words AS boolean)
    UNION SELECT c.id FROM chunk c WHERE c.id = ANY(CAST(:nearest AS bigint[])) AND {FILTERS}
    UNION SELECT id FROM identified WHERE CAST(:by_words AS boolean)
    UNION SELECT id FROM artifact WHERE CAST(:by_words AS boolean)
)
SELECT c.id AS chunk_id, c.document_id, c.position, c.heading_path, c.line_start, c.line_end, c.text, c.content_hash,
    c.kind, d.path, d.title, d.artifact_id,
    ARRAY(SELECT ts_rank(CAST(:levels AS real[]), c.words, term.query) FROM term ORDER BY n) AS ranks,
    (SELECT 1 - (v.vector <=> meaning.vector) FROM meaning WHERE meaning.model = v.model) AS cosine
FROM candidate JOIN chunk c USING (id) JOIN document d ON d.id = c.document_id
    LEFT JOIN chunk_vector v ON v.chunk_id = c.id
ORDER BY c.id
"""  # noqa: S608 - put together from constants; values are bound

# What operators of the query demand: phrases, with whether any passage has them, and what must not be there.
_WORDING = f"""
SELECT p.phrase, CAST(phraseto_tsquery('simple', p.phrase) AS text) AS tsquery,
    EXISTS (SELECT FROM chunk c WHERE c.words @@ phraseto_tsquery('simple', p.phrase) AND {CONDITIONS}) AS occurs
FROM unnest(CAST(:phrases AS text[])) p(phrase) WHERE numnode(phraseto_tsquery('simple', p.phrase)) > 0
UNION ALL
SELECT NULL, CAST(!!(phraseto_tsquery('simple', e.word) || phraseto_tsquery('english', e.word)
    || {french_stems("e.word", "phraseto_tsquery")}) AS text), true
FROM unnest(CAST(:excluded AS text[])) e(word) WHERE numnode(phraseto_tsquery('simple', e.word)) > 0
"""  # noqa: S608 - put together from constants; values are bound

_PASSAGES = f"""
SELECT c.id, c.project_id, c.document_id, c.source_id, d.path, d.file_type, d.title, c.heading_path, c.anchor, c.kind,
    d.artifact_id, d.commit_sha,
    array_to_string((string_to_array(d.content, E'\\n'))[w.line_start:w.line_end], E'\\n') AS lines
FROM unnest(CAST(:ids AS bigint[]), CAST(:starts AS int[]), CAST(:ends AS int[])) w(id, line_start, line_end)
    JOIN chunk c ON c.id = w.id JOIN document d ON d.id = c.document_id
WHERE {FILTERS}
"""  # noqa: S608 - put together from constants; values are bound


class SearchRepository:
    """Reads candidates within one scope."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._view = View(scope, [], None, None)

    async def prepare(self) -> None:
        """Call once in the transaction, before the other methods."""
        self._view = await view(self._session, self._scope)

    async def demand(self, query: Query) -> list[str]:
        """From here on only passages with the query's phrases and without what it excludes, in any answer.

        A phrase that no passage in scope has isn't demanded, but returned.
        """
        if not query.phrases and not query.excluded:
            return []
        parameters = {"phrases": list(query.phrases), "excluded": list(query.excluded), **self._view.parameters()}
        rows = (await self._session.execute(text(_WORDING), parameters)).all()
        self._view.wording = " & ".join(f"({row.tsquery})" for row in rows if row.occurs) or None
        return [row.phrase for row in rows if not row.occurs]

    async def list_terms(self, words: Sequence[str]) -> list[Term]:
        """The words that the index can know, stop words of the query's language left out, weighted by rarity."""
        if not words:
            return []
        parameters = {
            "words": list(words),
            "languages": list(LANGUAGES),
            "chunks": self._view.chunks,
            "is_filtered": self._view.is_filtered,
            # Words of projects whose frequent ones aren't known yet are counted as if they were few.
            "most": MOST_COUNTED if self._view.chunks else 20 * MOST_COUNTED,
            **self._view.parameters(),
        }
        rows = _most_frequent((await self._session.execute(text(_TERMS), parameters)).all())
        stops = Counter(language for row in rows for language in row.stops_in)
        spoken = {"english", *(language for language, _ in stops.most_common(1))}
        return [
            Term(row.word, row.tsquery, _frequency(row), _rarity(row))
            for row in rows
            if not spoken.intersection(row.stops_in)
        ]

    async def list_candidates(
        self, terms: Sequence[Term], query: Query, vectors: Mapping[str, Vector], *, by_words: bool
    ) -> list[Candidate]:
        """Passages found by words, by meaning (`vectors` by model), by identifiers and by artifacts; each once."""
        steps = {f"rung_{n}": rung for n, rung in enumerate(rungs(terms))} if by_words else {}
        matched = " UNION ALL ".join(_MATCHED.format(n) for n in range(len(steps))) or _NO_MATCH
        parameters = {
            "tsqueries": [term.tsquery for term in terms],
            "weights": [term.weight for term in terms],
            "most_scored": MOST_SCORED,
            "levels": LEVELS,
            "models": list(vectors),
            "vectors": [literal(vector) for vector in vectors.values()],
            "nearest": await self._nearest(vectors),
            "identifier_words": [each.word for each in query.identifiers],
            "patterns": [each.pattern for each in query.identifiers],
            "definitions": [each.definition for each in query.identifiers],
            "artifact_ids": [each.artifact_id for each in query.identifiers if each.artifact_id],
            "by_words": by_words,
            "candidates": CANDIDATES,
            **self._view.parameters(),
            **steps,
        }
        rows = await self._session.execute(text(_CANDIDATES.format(matched=matched)), parameters)
        return [Candidate(**row._mapping) for row in rows]  # pyright: ignore[reportPrivateUsage] - the public name, despite its underscore

    async def _nearest(self, vectors: Mapping[str, Vector]) -> list[int]:
        found: list[int] = []
        for model, vector in vectors.items():
            found += await Nearest(self._session, self._view, model, vector, CANDIDATES).list_ids()
        return found

    async def list_passages(self, spans: Sequence[tuple[int, int, int]]) -> dict[int, Passage]:
        """The lines (first, last) of the files of chunks, by chunk id; a chunk that went meanwhile is missing."""
        ids, starts, ends = (list(each) for each in zip(*spans, strict=True)) if spans else ([], [], [])
        parameters = {"ids": ids, "starts": starts, "ends": ends, **self._view.parameters()}
        rows = (await self._session.execute(text(_PASSAGES), parameters)).mappings()
        return {row["id"]: Passage(**{name: row[name] for name in Passage.__slots__}) for row in rows}


def _most_frequent(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Of each word the stem that more passages have: which language it is in, is what the documents say."""
    best: dict[str, Row[Any]] = {}
    for row in rows:
        if row.word not in best or _frequency(row) > _frequency(best[row.word]):
            best[row.word] = row
    return list(best.values())


def _frequency(row: Row[Any]) -> int:
    """How many passages in scope have the word, as far as they were counted."""
    return row.known if row.counted is None else row.counted


def _rarity(row: Row[Any]) -> float:
    """BM25's inverse document frequency; in the whole projects, where it is known for them."""
    frequency = max(row.known or 0, row.counted or 0)
    total = max(row.total, frequency)
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))
