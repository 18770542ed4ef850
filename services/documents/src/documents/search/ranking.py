"""From candidates with features to ranked, calibrated, non-repeating hits. No I/O.

A passage's evidence is a convex combination of two absolute measures, each within 0–1 and comparable across queries:

- words: the share of the query's weight that the passage covers, each term saturated by Postgres' `ts_rank`;
- meaning: the cosine of query and passage.

An identifier that the passage defines or mentions, and a kind of document that the query names, add to it. A fixed
logistic turns evidence into the score, so ranking and score agree.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from documents.search.query import Identifier, Query
from documents.search.repository import Candidate, Term
from documents.text_search import fold

WORDS_SHARE = 0.5
_KIND_BONUS = 0.05
_NAMED_ARTIFACT, _DEFINED_IN_HEADING, _DEFINED = 0.3, 0.25, 0.2
_BELOW_HEADING, _OF_ARTIFACT, _MENTIONED = 0.15, 0.15, 0.1
_SLOPE, _MIDDLE = 8.0, 0.45


@dataclass(frozen=True, slots=True)
class Ranked:
    candidate: Candidate
    score: float


def rank(candidates: Iterable[Candidate], terms: Sequence[Term], query: Query, *, words_share: float) -> list[Ranked]:
    """The candidates by score, best first, without twins: of equal passages only the best remains."""
    weights = [term.weight for term in terms]
    scored = [Ranked(each, _score(each, weights, query, words_share)) for each in candidates]
    scored.sort(key=lambda each: (-each.score, each.candidate.chunk_id))
    seen: set[str] = set()
    unique: list[Ranked] = []
    for each in scored:
        body = " ".join(each.candidate.text.split())
        if each.candidate.content_hash not in seen and body not in seen:
            unique.append(each)
        seen.update((each.candidate.content_hash, body))
    return unique


def _score(candidate: Candidate, weights: Sequence[float], query: Query, words_share: float) -> float:
    evidence = words_share * _coverage(candidate.ranks, weights) + (1 - words_share) * max(0.0, candidate.cosine or 0.0)
    if words_share:
        evidence += max((_identification(candidate, each, query) for each in query.identifiers), default=0.0)
        evidence += _KIND_BONUS if candidate.kind in query.kinds else 0.0
    return 1 / (1 + math.exp(-_SLOPE * (evidence - _MIDDLE)))


def _coverage(ranks: Sequence[float], weights: Sequence[float]) -> float:
    total = sum(weights)
    return sum(weight * rank for weight, rank in zip(weights, ranks, strict=True)) / total if total else 0.0


def _identification(candidate: Candidate, identifier: Identifier, query: Query) -> float:
    """How much a passage has to do with an identifier: defining it counts more than mentioning it.

    A document asked for by kind and number ("gate of story 3.2") comes before those of the same number.
    """
    is_artifact = identifier.artifact_id is not None and candidate.artifact_id == identifier.artifact_id
    if is_artifact and candidate.kind in query.kinds:
        return _NAMED_ARTIFACT
    pattern = re.compile(identifier.pattern)
    headings = [fold(heading) for heading in candidate.heading_path]
    text = fold(candidate.text)
    if headings and pattern.search(headings[-1]):
        return _DEFINED_IN_HEADING
    if re.search(identifier.definition, text):
        return _DEFINED
    if any(map(pattern.search, headings)):
        return _BELOW_HEADING
    if is_artifact:
        return _OF_ARTIFACT
    return _MENTIONED if pattern.search(text) else 0.0
