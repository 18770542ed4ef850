"""Which ranked passages become hits. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from documents.parsing.recognition import is_archived
from documents.search.ranking import Ranked
from documents.search.repository import Candidate
from documents.search.twins import Distinct

LONGEST_JOINED = 1_600
"""Characters that a hit made of several passages may have."""


@dataclass(slots=True)
class Hit:
    """A ranked passage, grown by neighbours that were found too; lines are 1-based and inclusive."""

    best: Ranked
    line_start: int
    line_end: int
    first: int
    last: int
    size: int
    copies: list[Candidate] = field(default_factory=list[Candidate])

    @classmethod
    def of(cls, distinct: Distinct) -> "Hit":
        candidate = distinct.ranked.candidate
        start, end, position = candidate.line_start, candidate.line_end, candidate.position
        return cls(distinct.ranked, start, end, position, position, len(candidate.text), list(distinct.copies))

    def meets(self, line_start: int, line_end: int) -> bool:
        return self.line_start <= line_end and line_start <= self.line_end


@dataclass(slots=True)
class CopiedLines:
    """Lines of another document, or of another part of the same, that say the same as a hit."""

    first: Candidate
    line_start: int
    line_end: int


def select_hits(ranked: Iterable[Distinct], limit: int) -> list[Hit]:
    """The best passages, no line twice; a passage right beside a better one of its section joins it while short."""
    hits: list[Hit] = []
    by_document: dict[int, list[Hit]] = {}
    for each in ranked:
        candidate = each.ranked.candidate
        of_document = by_document.setdefault(candidate.document_id, [])
        if any(_joined(hit, each, of_document) for hit in of_document):
            continue
        if any(hit.meets(candidate.line_start, candidate.line_end) for hit in of_document):
            continue
        if len(hits) < limit:
            hit = Hit.of(each)
            hits.append(hit)
            of_document.append(hit)
    return hits


def copied_lines(hit: Hit, most: int) -> list[CopiedLines]:
    """Where the hit's copies stand, each document once (of copied passages in a row all lines), archived ones last."""
    found: dict[int, CopiedLines] = {}
    for copy in sorted(hit.copies, key=lambda each: each.position):
        place = found.setdefault(copy.document_id, CopiedLines(copy, copy.line_start, copy.line_end))
        if copy.line_start <= place.line_end + 2:
            place.line_end = max(place.line_end, copy.line_end)
    ranks = {copy.document_id: rank for rank, copy in reversed(list(enumerate(hit.copies)))}
    places = sorted(found.values(), key=lambda place: ranks[place.first.document_id])
    return sorted(places, key=lambda place: is_archived(place.first.path))[:most]


def _joined(hit: Hit, distinct: Distinct, of_document: Sequence[Hit]) -> bool:
    """Grow the hit by the passage if it stands directly before or behind, under the same heading.

    Not where it would grow into another hit: two passages may share a line.
    """
    candidate = distinct.ranked.candidate
    if candidate.heading_path != hit.best.candidate.heading_path or hit.size + len(candidate.text) > LONGEST_JOINED:
        return False
    if candidate.position not in (hit.first - 1, hit.last + 1):
        return False
    line_start, line_end = min(hit.line_start, candidate.line_start), max(hit.line_end, candidate.line_end)
    if any(other is not hit and other.meets(line_start, line_end) for other in of_document):
        return False
    hit.first, hit.last = min(hit.first, candidate.position), max(hit.last, candidate.position)
    hit.line_start, hit.line_end = line_start, line_end
    hit.size += len(candidate.text)
    hit.copies += distinct.copies
    return True
