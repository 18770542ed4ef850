"""Which ranked passages become hits. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from documents.parsing.recognition import is_archived
from documents.search.ranking import Ranked
from documents.search.repository import Candidate
from documents.search.twins import Distinct

LONGEST_JOINED = 1_800
"""Characters that a hit made of several passages may have."""

_MUCH_LONGER = 2


@dataclass(slots=True)
class Hit:
    """A ranked passage, grown by neighbours that were found too; lines are 1-based and inclusive."""

    best: Ranked
    line_start: int
    line_end: int
    first: Candidate
    last: Candidate
    size: int
    is_part: bool = False
    copies: list[Candidate] = field(default_factory=list[Candidate])

    @classmethod
    def of(cls, distinct: Distinct) -> "Hit":
        candidate = distinct.ranked.candidate
        start, end, size = candidate.line_start, candidate.line_end, len(candidate.text)
        return cls(distinct.ranked, start, end, candidate, candidate, size, copies=list(distinct.copies))

    def text(self, lines: str) -> str:
        """What is shown of its lines: all of them, or the passages alone where the lines are much longer.

        A paragraph may be one line of ten thousand characters, a file one line of a megabyte.
        """
        if not self.is_part and len(lines) <= max(LONGEST_JOINED, _MUCH_LONGER * self.size):
            return lines
        start = lines.find(self.first.text)
        end = lines.find(self.last.text, start)
        is_there = start >= 0 and end >= 0  # they aren't where the document was indexed anew since
        return lines[start : end + len(self.last.text)] if is_there else self.best.candidate.text

    def meets(self, line_start: int, line_end: int) -> bool:
        return self.line_start <= line_end and line_start <= self.line_end


@dataclass(slots=True)
class CopiedLines:
    """Lines of another document, or of another part of the same, that say the same as a hit."""

    first: Candidate
    line_start: int
    line_end: int


def select_hits(ranked: Iterable[Distinct], limit: int) -> list[Hit]:
    """The best passages; a passage right beside a better one of its section joins it while short.

    No line is in two hits, but one that is so long that it holds several of them: those don't share a character.
    """
    hits: list[Hit] = []
    by_document: dict[int, list[Hit]] = {}
    for each in ranked:
        candidate = each.ranked.candidate
        of_document = by_document.setdefault(candidate.document_id, [])
        if any(_joined(hit, each, of_document) for hit in of_document):
            continue
        met = [hit for hit in of_document if hit.meets(candidate.line_start, candidate.line_end)]
        are_parts = bool(met) and all(_are_parts_of_a_line(hit, candidate) for hit in met)
        left = candidate if are_parts else _without_lines(candidate, met)
        if left and len(hits) < limit:
            hit = Hit.of(replace(each, ranked=replace(each.ranked, candidate=left)))
            for part in (hit, *met) if are_parts else ():
                part.is_part = True
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


def _are_parts_of_a_line(hit: Hit, candidate: Candidate) -> bool:
    return hit.line_start == hit.line_end == candidate.line_start == candidate.line_end


def _without_lines(candidate: Candidate, hits: Iterable[Hit]) -> Candidate | None:
    """What remains of a passage that begins or ends on lines of hits, which show them; None if that is nothing."""
    start, end = candidate.line_start, candidate.line_end
    for hit in hits:
        if hit.line_start <= start:
            start = max(start, hit.line_end + 1)
        else:
            end = min(end, hit.line_start - 1)
    if (start, end) == (candidate.line_start, candidate.line_end):
        return candidate
    lines = candidate.text.split("\n")[start - candidate.line_start : end + 1 - candidate.line_start]
    text = "\n".join(lines)
    return replace(candidate, line_start=start, line_end=end, text=text) if text.strip() else None


def _joined(hit: Hit, distinct: Distinct, of_document: Sequence[Hit]) -> bool:
    """Grow the hit by the passage if it stands directly before or behind, under the same heading.

    Not where it would grow into another hit: two passages may share a line.
    """
    candidate = distinct.ranked.candidate
    if candidate.heading_path != hit.best.candidate.heading_path or hit.size + len(candidate.text) > LONGEST_JOINED:
        return False
    is_before, is_behind = candidate.position == hit.first.position - 1, candidate.position == hit.last.position + 1
    if not (is_before or is_behind):
        return False
    line_start, line_end = min(hit.line_start, candidate.line_start), max(hit.line_end, candidate.line_end)
    if any(other is not hit and other.meets(line_start, line_end) for other in of_document):
        return False
    hit.first, hit.last = candidate if is_before else hit.first, candidate if is_behind else hit.last
    hit.line_start, hit.line_end = line_start, line_end
    hit.size += len(candidate.text)
    hit.copies += distinct.copies
    return True
