"""The best passages read once more together with the query, and put in order by what that says: `Reranker`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from documents.embedding import EmbeddingUnavailable
from documents.embedding.base import Vectors
from documents.search.metrics import RERANKED
from documents.search.query import Query
from documents.search.ranking import Ranked
from documents.search.repository import Candidate
from documents.search.terms import Term
from documents.search.twins import Distinct

log = structlog.get_logger(__name__)

_SHARE = 0.5
_HEADINGS = re.compile(r"\A(?:#{1,6}[ \t].*(?:\n\s*|\Z))+")
_SHORTEST_QUESTION = 3  # words: fewer look something up, and say too little of what it's about
_MOST_AT_ONCE = 4


class Reader(Protocol):
    """What reads a query and passages word by word."""

    async def compare(self, query: str, passages: Sequence[str]) -> Vectors:
        """How well each passage answers the query, -1 to 1. Raises EmbeddingUnavailable."""
        ...


class Reranker:
    """Reads the first `most` passages of an answer; costs some ten milliseconds of both cores for each.

    Half of a passage's evidence is then what was read, half what was known. Where the reader is busy with other
    searches already, or fails, the order stays as it was.
    """

    def __init__(self, reader: Reader, most: int) -> None:
        self._reader = reader
        self._most = most
        self._at_work = 0

    async def rerank(self, query: Query, terms: Sequence[Term], found: Sequence[Distinct]) -> list[Distinct]:
        """The passages, best first. Those behind the first `most` stay behind them."""
        read, rest = list(found[: self._most]), list(found[self._most :])
        if len(terms) < _SHORTEST_QUESTION or len(read) < 2:
            return read + rest
        if self._at_work >= _MOST_AT_ONCE:
            RERANKED.labels("busy").inc()
            return read + rest
        self._at_work += 1
        try:
            likenesses = await self._reader.compare(query.plain, [_read_text(each.ranked.candidate) for each in read])
        except EmbeddingUnavailable as error:
            RERANKED.labels("failed").inc()
            log.warning("search.reranking_failed", error=str(error))
            return read + rest
        finally:
            self._at_work -= 1
        RERANKED.labels("done").inc()
        for each, likeness in zip(read, likenesses, strict=True):
            each.ranked = _with(each.ranked, float(likeness))
        read.sort(key=lambda each: (-each.ranked.evidence, each.ranked.candidate.chunk_id))
        return read + [_below(each, read[-1].ranked.evidence) for each in rest]


def _with(ranked: Ranked, likeness: float) -> Ranked:
    return replace(ranked, likeness=(1 - _SHARE) * ranked.likeness + _SHARE * likeness)


def _below(distinct: Distinct, evidence: float) -> Distinct:
    """What wasn't read isn't scored above what was."""
    ranked = distinct.ranked
    if ranked.evidence > evidence:
        distinct.ranked = replace(ranked, likeness=evidence - ranked.identity)
    return distinct


def _read_text(candidate: Candidate) -> str:
    """The passage below its headings, much as it is embedded."""
    body = _HEADINGS.sub("", candidate.text)
    return "\n".join(part for part in (" > ".join(candidate.heading_path), body) if part)
