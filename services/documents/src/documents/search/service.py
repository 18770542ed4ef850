"""Search: understand the query, embed it, collect candidates, rank them, cut out the passages."""

import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from common.database import Database
from common.identity import Identity
from documents.embedding import EmbeddingUnavailable
from documents.errors import SemanticSearchUnavailable
from documents.search.plain_markdown import without_markup
from documents.search.query import Query
from documents.search.ranking import WORDS_SHARE, rank
from documents.search.repository import Candidate, Passage, Scope, SearchRepository, Term, Vector
from documents.search.schemas import SearchHit, SearchRequest, SearchResponse
from documents.search.selection import Hit, select_hits
from documents.search.snippet import snippet

log = structlog.get_logger(__name__)

_LONGEST_LINES = 20_000
_MARKDOWN = ("md", "mdx")
_WORDS_ONLY = "The embedding model doesn't answer: these results were found by words alone."
_MEANING_ONLY = "No passage contains any of these words; these are the nearest in meaning."


class QueryEmbedder(Protocol):
    """Texts to normalised vectors, one row each. Raises EmbeddingUnavailable."""

    async def embed(self, texts: list[str]) -> Vector: ...


class Searcher:
    """Answers search requests; holds no transaction while the model works."""

    def __init__(self, database: Database, embedder: QueryEmbedder) -> None:
        self._database = database
        self._embedder = embedder

    async def search(self, identity: Identity, request: SearchRequest, project_id: int | None = None) -> SearchResponse:
        """Search one project that the identity may see, or all of them. Raises SemanticSearchUnavailable."""
        started = time.perf_counter()
        query = Query(request.query)
        vector, warnings = await self._embed(request)
        async with self._database.transaction() as session:
            repository = SearchRepository(session, _scope(identity, request, project_id))
            results, remarks = await _find(repository, request, query, vector)
        took_ms = round((time.perf_counter() - started) * 1000, 1)
        return SearchResponse(
            query=request.query, mode=request.mode, took_ms=took_ms, results=results, warnings=warnings + remarks
        )

    async def _embed(self, request: SearchRequest) -> tuple[Vector | None, list[str]]:
        """The query's vector where the mode wants one. Without the model, hybrid goes on by words and says so."""
        if request.mode == "keyword" or not request.query.strip():
            return None, []
        try:
            return (await self._embedder.embed([request.query]))[0], []
        except EmbeddingUnavailable as error:
            log.warning("search.embedding_unavailable", error=str(error))
            if request.mode == "semantic":
                raise SemanticSearchUnavailable from error
            return None, [_WORDS_ONLY]


def _scope(identity: Identity, request: SearchRequest, project_id: int | None) -> Scope:
    visible = None if identity.projects is None else sorted(identity.projects)
    return Scope(
        projects=visible if project_id is None else [project_id],
        kinds=list(request.kinds or ()),
        source_ids=request.source_ids,
        path_prefix=request.path_prefix,
        include_framework=request.include_framework,
    )


async def _find(
    repository: SearchRepository, request: SearchRequest, query: Query, vector: Vector | None
) -> tuple[list[SearchHit], list[str]]:
    await repository.prepare()
    by_words = request.mode != "semantic"
    terms = await repository.list_terms(query.words)
    candidates = await repository.list_candidates(terms, query, vector, by_words=by_words)
    words_share = _words_share(by_words=by_words, has_vector=vector is not None)
    hits = select_hits(rank(candidates, terms, query, words_share=words_share), request.limit)
    passages = await repository.list_passages(
        [(hit.best.candidate.chunk_id, hit.line_start, hit.line_end) for hit in hits]
    )
    has_meaning_only = vector is not None and by_words and _is_unknown(query, terms, hits)
    return _present(hits, passages, terms), [_MEANING_ONLY] if has_meaning_only else []


def _words_share(*, by_words: bool, has_vector: bool) -> float:
    if not by_words:
        return 0.0
    return WORDS_SHARE if has_vector else 1.0


def _is_unknown(query: Query, terms: Sequence[Term], hits: Sequence[Hit]) -> bool:
    """Whether there are hits although none of the query's words occurs, and no document is what it names."""
    named = {each.artifact_id for each in query.identifiers if each.artifact_id}
    is_named = any(hit.best.candidate.artifact_id in named for hit in hits)
    return bool(hits and terms) and not is_named and not any(term.frequency for term in terms)


def _present(hits: Sequence[Hit], passages: dict[int, Passage], terms: Sequence[Term]) -> list[SearchHit]:
    words = [term.word for term in terms]
    found = [(hit, passages[hit.best.candidate.chunk_id]) for hit in hits if hit.best.candidate.chunk_id in passages]
    return [_hit(position, hit, passage, words) for position, (hit, passage) in enumerate(found, 1)]


def _hit(position: int, hit: Hit, passage: Passage, words: Sequence[str]) -> SearchHit:
    # A file may be one line of a megabyte; then the passage itself is enough.
    shown = passage.lines if len(passage.lines) <= _LONGEST_LINES else hit.best.candidate.text
    return SearchHit(
        rank=position,
        score=round(hit.best.score, 4),
        project_id=passage.project_id,
        document_id=passage.document_id,
        source_id=passage.source_id,
        path=passage.path,
        title=passage.title,
        heading_path=list(passage.heading_path),
        anchor=passage.anchor,
        line_start=hit.line_start,
        line_end=hit.line_end,
        text=shown,
        snippet=_snippet(hit.best.candidate, passage.file_type, words),
        kind=passage.kind,  # pyright: ignore[reportArgumentType] - the parser's closed list; pydantic checks it
        artifact_id=passage.artifact_id,
        commit_sha=passage.commit_sha,
    )


def _snippet(candidate: Candidate, file_type: str, words: Sequence[str]) -> str:
    """Headings that the hit names anyway are only shown where nothing else has the words."""
    if file_type not in _MARKDOWN:
        return snippet(candidate.text, words)
    below = snippet(without_markup(candidate.text, candidate.heading_path), words)
    if "<mark>" in below:
        return below
    whole = snippet(without_markup(candidate.text), words)
    return whole if "<mark>" in whole else below or whole
