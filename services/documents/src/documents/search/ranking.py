"""From candidates with features to ranked, calibrated passages. No I/O.

A passage's evidence is a convex combination of two absolute measures, each within 0–1 and comparable across queries:

- words: the share of the query's weight that the passage covers, each term saturated by Postgres' `ts_rank`;
- meaning: the cosine of query and passage.

An identifier that the passage defines or mentions, and a kind of document that the query names, add to it. A fixed
logistic turns evidence into the score, so ranking and score agree. Where the best passages lack what the query names,
all scores are lowered alike: the project has probably no answer. docs/guides/search-quality.md tells what each part
brings.

A word counts for a passage in part where only the passage right before or behind it has it: cut text goes on there.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from documents.search.query import Identifier, Query
from documents.search.repository import Candidate, Term
from documents.text_search import fold

WORDS_SHARE = 0.6
_RARITY = 1.5  # the power of a term's weight: rare words say more than their inverse frequency
_KIND_BONUS = 0.05
_NAMED_ARTIFACT, _BEGINS_WITH_HEADING, _BEGINS_WITH, _ROW_OF = 0.3, 0.3, 0.3, 0.25
_DEFINED, _BELOW_HEADING, _OF_ARTIFACT, _MENTIONED = 0.2, 0.15, 0.15, 0.1
_OPENING = 0.05
_AUTHORITY = 0.03
_SLOPE, _MIDDLE = 8.0, 0.45
_DOUBT = 0.15  # what remains of the scores for each kind of named thing that isn't there
_CONSULTED = 3
_NEIGHBOURS = 0.4


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate and what speaks for it: that it is like the query, and that it is what the query names."""

    candidate: Candidate
    likeness: float
    identity: float = 0.0

    @property
    def evidence(self) -> float:
        """What candidates are ordered by, highest first."""
        return self.likeness + self.identity

    def score(self, trust: float) -> float:
        """Within 0–1. `trust` is that in all candidates of the query."""
        return trust / (1 + math.exp(-_SLOPE * (self.evidence - _MIDDLE)))


def rank(candidates: Sequence[Candidate], terms: Sequence[Term], query: Query, *, words_share: float) -> list[Ranked]:
    """The candidates, best first."""
    weights = [term.weight**_RARITY for term in terms]
    places = {(each.document_id, each.position): each for each in candidates}
    ranked = [
        Ranked(
            each,
            words_share * _coverage(_ranks_around(each, places), weights)
            + (1 - words_share) * max(0.0, each.cosine or 0.0),
            _identity(each, query) if words_share else 0.0,
        )
        for each in candidates
    ]
    return sorted(ranked, key=lambda each: (-each.evidence, each.candidate.chunk_id))


def trust(best: Sequence[Candidate], candidates: Iterable[Candidate], terms: Sequence[Term], query: Query) -> float:
    """What remains of the scores, 0–1, where the best candidates lack what the query names."""
    doubts = [_lacks_names(best[:_CONSULTED], terms, query), _lacks_artifact(candidates, query)]
    return _DOUBT ** sum(doubts)


def _ranks_around(candidate: Candidate, places: Mapping[tuple[int, int], Candidate]) -> Sequence[float]:
    around = [places.get((candidate.document_id, candidate.position + step)) for step in (-1, 1)]
    ranks = [each.ranks for each in around if each]
    if not ranks:
        return candidate.ranks
    return [
        max(own, (1 - _NEIGHBOURS) * own + _NEIGHBOURS * max(others))
        for own, *others in zip(candidate.ranks, *ranks, strict=True)
    ]


def _identity(candidate: Candidate, query: Query) -> float:
    named = max((_identification(candidate, each, query) for each in query.identifiers), default=0.0)
    return named + (_KIND_BONUS if candidate.kind in query.kinds else 0.0)


def _lacks_names(best: Sequence[Candidate], terms: Sequence[Term], query: Query) -> bool:
    """Whether a name in the query (Kubernetes, i18n) is in none of the best passages."""
    return any(
        term.word in query.names and not any(each.ranks[index] for each in best) for index, term in enumerate(terms)
    )


def _lacks_artifact(candidates: Iterable[Candidate], query: Query) -> bool:
    """Whether the query names a document of a story or epic ("retrospective of epic 6") that no candidate is."""
    named = [each for each in query.identifiers if each.artifact_id]
    kinds = query.kinds - {"story", "epic"}
    if not named or not kinds:
        return False
    asked = {each.artifact_id for each in named}
    patterns = [re.compile(each.pattern) for each in named]
    return not any(
        each.artifact_id in asked or any(pattern.search(fold(f"{each.title} {each.path}")) for pattern in patterns)
        for each in candidates
        if each.kind in kinds
    )


def _coverage(ranks: Sequence[float], weights: Sequence[float]) -> float:
    total = sum(weights)
    return sum(weight * rank for weight, rank in zip(weights, ranks, strict=True)) / total if total else 0.0


def _identification(candidate: Candidate, identifier: Identifier, query: Query) -> float:
    """How much a passage has to do with an identifier: defining it counts more than mentioning it.

    A document asked for by kind and number ("gate of story 3.2") comes before those of the same number. A passage that
    begins with the identifier is about it, a long one that has it in some row is about others, too.
    """
    is_artifact = identifier.artifact_id is not None and candidate.artifact_id == identifier.artifact_id
    if is_artifact and candidate.kind in query.kinds:
        return _NAMED_ARTIFACT + (_OPENING if candidate.position == 0 else 0.0)
    found = _definition(candidate, identifier)
    if found:
        is_authority = candidate.kind == "prd" or (is_artifact and candidate.kind == "story")
        return found + (_AUTHORITY if is_authority else 0.0)
    pattern = re.compile(identifier.pattern)
    if any(pattern.search(fold(heading)) for heading in candidate.heading_path[:-1]):
        return _BELOW_HEADING
    if is_artifact:
        return _OF_ARTIFACT
    return _MENTIONED if pattern.search(fold(candidate.text)) else 0.0


def _definition(candidate: Candidate, identifier: Identifier) -> float:
    text = fold(candidate.text)
    heading = fold(candidate.heading_path[-1]) if candidate.heading_path else ""
    if re.search(identifier.pattern, heading):
        # The section's later passages carry its heading, but don't begin with it.
        return _BEGINS_WITH_HEADING if re.search(identifier.pattern, text[: len(heading) + 12]) else _DEFINED
    if re.match(identifier.definition, text):
        return _ROW_OF if text.startswith("|") else _BEGINS_WITH
    return _DEFINED if re.search(identifier.definition, text) else 0.0
