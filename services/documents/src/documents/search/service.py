"""Search: understand the query, embed it, collect candidates, rank them, read the best, cut out the passages."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.identity import Identity
from documents.embedding import Embedder
from documents.errors import SemanticSearchUnavailable
from documents.search.meaning import Meaning, meaning_of
from documents.search.near_words import Vocabulary
from documents.search.plain_markdown import without_markup
from documents.search.query import Query
from documents.search.ranking import WORDS_SHARE, rank, trust
from documents.search.repository import Candidate, Passage, Scope, SearchRepository, Term, Vector
from documents.search.reranking import Reranker
from documents.search.schemas import Correction, Place, SearchHit, SearchRequest, SearchResponse
from documents.search.selection import CopiedLines, Hit, copied_lines, select_hits
from documents.search.snippet import snippet
from documents.search.spelling import corrections
from documents.search.twins import Distinct, without_twins
from documents.search.vocabulary import Vocabularies

_MARKDOWN = ("md", "mdx")
_MEANING_ONLY = "No passage contains any of these words; these are the nearest in meaning."
_NO_PHRASE = "No passage has “{}” word for word; its words were searched one by one."
_ONLY_EXCLUDED = "There are only words to leave out: say what to search for, too."
_MOST_PLACES = 10


@dataclass(frozen=True, slots=True)
class _Collected:
    """What the database knows for a query: candidates, the words as the index has them, what to tell of it."""

    candidates: Sequence[Candidate]
    terms: Sequence[Term]
    remarks: list[str]
    unknown: frozenset[str]
    vocabulary: Vocabulary | None


@dataclass(frozen=True, slots=True)
class _Found:
    """An answer in the making; `misspelt` are words that occur nowhere, with those that are probably meant."""

    results: list[SearchHit]
    warnings: list[str]
    unknown: frozenset[str] = frozenset()
    misspelt: dict[str, str] = field(default_factory=dict[str, str])


class Searcher:
    """Answers search requests; holds no transaction while a model works.

    `former` embeds queries for what `embedder` hasn't embedded anew yet; without a `reranker` the first order stands.
    """

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        former: Embedder | None = None,
        *,
        reranker: Reranker | None = None,
    ) -> None:
        self._database = database
        self._embedders = [former, embedder] if former else [embedder]
        self._reranker = reranker
        self.vocabularies = Vocabularies()

    async def search(self, identity: Identity, request: SearchRequest, project_id: int | None = None) -> SearchResponse:
        """Search one project that the identity may see, or all of them. Raises SemanticSearchUnavailable."""
        started = time.perf_counter()
        query, scope = Query(request.query), _scope(identity, request, project_id)
        found = await self._answer(scope, request, query)
        used: dict[str, str] = {}
        if found.misspelt:
            better = await self._answer(scope, request, query.corrected(found.misspelt))
            if not better.unknown.intersection(found.misspelt.values()):
                found, used = better, found.misspelt
        return SearchResponse(
            query=request.query,
            mode=request.mode,
            took_ms=round((time.perf_counter() - started) * 1000, 1),
            results=found.results,
            warnings=found.warnings,
            corrections=[Correction.model_validate({"from": typed, "to": meant}) for typed, meant in used.items()],
        )

    async def _answer(self, scope: Scope, request: SearchRequest, query: Query, *, is_repeated: bool = False) -> _Found:
        meaning = await self._meaning(request, query, scope)
        async with self._database.transaction() as session:
            collected = await self._collect(session, scope, request, query, meaning.vectors)
            is_outdated = await meaning.is_outdated(session, scope)
        ranked, confidence = await self._rank(request, query, collected, has_vector=bool(meaning.vectors))
        hits = select_hits(ranked, request.limit)
        places = [(hit, copied_lines(hit, _MOST_PLACES)) for hit in hits]
        passages = await self._passages(scope, places)
        # Documents may have been indexed anew meanwhile: their passages have other ids then.
        has_lost = any(hit.best.candidate.chunk_id not in passages for hit in hits)
        if (is_outdated or has_lost) and not is_repeated:
            return await self._answer(scope, request, query, is_repeated=True)
        remarks = [*meaning.warnings, *collected.remarks]
        if meaning.vectors and request.mode != "semantic" and _is_unknown(query, collected.terms, hits):
            remarks.append(_MEANING_ONLY)
        misspelt = corrections(list(collected.unknown), collected.vocabulary) if collected.vocabulary else {}
        results = _present(places, passages, collected.terms, confidence)
        return _Found(results, remarks, collected.unknown, misspelt)

    async def _collect(
        self,
        session: AsyncSession,
        scope: Scope,
        request: SearchRequest,
        query: Query,
        vectors: Mapping[str, Vector],
    ) -> _Collected:
        repository = SearchRepository(session, scope)
        await repository.prepare()
        remarks = [_NO_PHRASE.format(phrase) for phrase in await repository.demand(query)]
        if query.excluded and not query.plain:
            remarks.append(_ONLY_EXCLUDED)
        by_words = request.mode != "semantic"
        terms = await repository.list_terms(query.words)
        candidates = await repository.list_candidates(terms, query, vectors, by_words=by_words)
        unknown = frozenset(term.word for term in terms if not term.frequency)
        vocabulary = await self.vocabularies.of(session, scope.projects) if unknown and by_words else None
        return _Collected(candidates, terms, remarks, unknown, vocabulary)

    async def _rank(
        self, request: SearchRequest, query: Query, collected: _Collected, *, has_vector: bool
    ) -> tuple[list[Distinct], float]:
        """The passages, best first and each once, and the trust in them. No transaction is open meanwhile."""
        words_share = _words_share(by_words=request.mode != "semantic", has_vector=has_vector)
        terms, candidates = collected.terms, collected.candidates
        ranked = without_twins(rank(candidates, terms, query, words_share=words_share))
        if self._reranker and has_vector:
            ranked = await self._reranker.rerank(query, terms, ranked)
        return ranked, trust([each.ranked.candidate for each in ranked], candidates, terms, query)

    async def _passages(self, scope: Scope, places: Sequence[tuple[Hit, Sequence[CopiedLines]]]) -> dict[int, Passage]:
        if not places:
            return {}
        async with self._database.transaction() as session:
            repository = SearchRepository(session, scope)
            await repository.prepare()
            return await repository.list_passages(
                [(hit.best.candidate.chunk_id, hit.line_start, hit.line_end) for hit, _ in places]
                + [(copy.first.chunk_id, copy.line_start, copy.line_end) for _, copies in places for copy in copies]
            )

    async def _meaning(self, request: SearchRequest, query: Query, scope: Scope) -> Meaning:
        """The query's vectors where the mode wants some. Without a model, hybrid goes on by words and says so."""
        if request.mode == "keyword" or not query.plain:
            return Meaning()
        meaning = await meaning_of(query.plain, scope, self._database, self._embedders)
        if request.mode == "semantic" and meaning.has_failed and not meaning.vectors:
            raise SemanticSearchUnavailable
        return meaning


def _scope(identity: Identity, request: SearchRequest, project_id: int | None) -> Scope:
    visible = None if identity.projects is None else sorted(identity.projects)
    return Scope(
        projects=visible if project_id is None else [project_id],
        kinds=list(request.kinds or ()),
        statuses=list(request.statuses or ()),
        epics=request.epics,
        source_ids=request.source_ids,
        path_prefix=request.path_prefix,
        include_framework=request.include_framework,
    )


def _words_share(*, by_words: bool, has_vector: bool) -> float:
    if not by_words:
        return 0.0
    return WORDS_SHARE if has_vector else 1.0


def _is_unknown(query: Query, terms: Sequence[Term], hits: Sequence[Hit]) -> bool:
    """Whether there are hits although none of the query's words occurs, and no document is what it names."""
    named = {each.artifact_id for each in query.identifiers if each.artifact_id}
    is_named = any(hit.best.candidate.artifact_id in named for hit in hits)
    return bool(hits and terms) and not is_named and not any(term.frequency for term in terms)


def _present(
    hits: Sequence[tuple[Hit, Sequence[CopiedLines]]],
    passages: dict[int, Passage],
    terms: Sequence[Term],
    confidence: float,
) -> list[SearchHit]:
    words = [term.word for term in terms]
    found = [(hit, copies) for hit, copies in hits if hit.best.candidate.chunk_id in passages]
    return [
        _hit(position, hit, passages[hit.best.candidate.chunk_id], words, confidence).model_copy(
            update={"also_in": [_copy(each, passages) for each in copies if each.first.chunk_id in passages]}
        )
        for position, (hit, copies) in enumerate(found, 1)
    ]


def _copy(lines: CopiedLines, passages: dict[int, Passage]) -> Place:
    return _place(passages[lines.first.chunk_id], lines.line_start, lines.line_end)


def _place(passage: Passage, line_start: int, line_end: int) -> Place:
    return Place(
        document_id=passage.document_id,
        source_id=passage.source_id,
        path=passage.path,
        title=passage.title,
        heading_path=list(passage.heading_path),
        anchor=passage.anchor,
        line_start=line_start,
        line_end=line_end,
    )


def _hit(position: int, hit: Hit, passage: Passage, words: Sequence[str], confidence: float) -> SearchHit:
    return SearchHit(
        **_place(passage, hit.line_start, hit.line_end).model_dump(),
        rank=position,
        score=round(hit.best.score(confidence), 4),
        project_id=passage.project_id,
        text=hit.text(passage.lines),
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
