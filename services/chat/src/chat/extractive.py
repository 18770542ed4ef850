"""The built-in answer provider: no language model, only the passages that speak most of the question's words.

Deterministic and free of I/O. A passage is a run of whole sentences, list items, table rows or lines of code within one
block of a section that the search found. It scores by how much of the question it covers (words that few sections have
weigh more; a word may also stand in the headings above, for less), how near to each other the words are, and what the
search thought of the section.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chat.evidence import Hit, Passage
from chat.passages import MAX_TEXT, Unit, split_units
from chat.terms import acronyms, content_words, is_identifier, variants, words

MAX_PASSAGES = 4
MAX_NEAREST = 3
_MAX_HITS = 12
_MAX_CHARS = 480  # of a passage made of several units
_MAX_RUN = 8  # units in a passage
_PER_HIT = 2
_MIN_HIT_SCORE = 0.05
_MIN_COVERAGE = 0.3
_NEAR_BEST = 0.72  # of the best passage's score: what falls below says less than it distracts
_HEADING_SHARE = 0.7
_SECTION_SHARE = 0.3
_NAME_WEIGHT = 1.5  # identifiers and acronyms are what a question is about
_EARLIER_SHARE = 0.4  # of a word taken over from the question before
_FEW_WORDS = 2
_DATA_FILES = (".csv", ".tsv", ".yaml", ".yml", ".json", ".jsonl", ".toml", ".xml")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the words to search for, and the words to score by with their weights."""

    query: str
    weights: Mapping[str, float]

    @classmethod
    def of(cls, text: str, earlier: str | None = None) -> "Question":
        """A question, completed by the one asked before it where it has few words of its own.

        An identifier of its own replaces the earlier ones: "and story 3.3?" is not about story 3.2.
        """
        own = content_words(text)
        names = acronyms(text)
        weights = {word: _NAME_WEIGHT if is_identifier(word) or word in names else 1.0 for word in own}
        if earlier is None or len(own) > _FEW_WORDS:
            return cls(text, weights)
        names_own = any(map(is_identifier, own))
        taken = [w for w in content_words(earlier) if w not in weights and not (names_own and is_identifier(w))]
        return cls(f"{text} {' '.join(taken)}".strip(), weights | dict.fromkeys(taken, _EARLIER_SHARE))


@dataclass(frozen=True, slots=True)
class Selection:
    """The passages to quote, best first; `answered` is False when they are only the nearest that there is."""

    answered: bool
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    hit_index: int
    start: int
    end: int
    unit: Unit
    score: float
    coverage: float


def select_passages(question: Question, hits: Sequence[Hit]) -> Selection:
    """Choose what to quote from `hits` (best first); without a match, the beginnings of the nearest sections.

    Never raises.
    """
    hits = hits[:_MAX_HITS]
    scorer = _Scorer(question, hits)
    candidates = [candidate for index in range(len(hits)) for candidate in scorer.candidates(index)]
    candidates.sort(key=lambda c: (-c.score, c.hit_index, c.start, c.end))
    chosen = _pick(hits, [c for c in candidates if c.coverage >= _MIN_COVERAGE])
    if chosen and max((_clamped(hit.score) for hit in hits), default=0.0) >= _MIN_HIT_SCORE:
        return Selection(True, tuple(_passage(hits, c) for c in chosen))
    return Selection(False, tuple(_passage(hits, c) for c in _nearest(candidates)))


def _pick(hits: Sequence[Hit], candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The best that neither overlap nor say the same, at most two of a section."""
    picked: list[_Candidate] = []
    said: set[str] = set()
    for candidate in candidates:
        if len(picked) == MAX_PASSAGES or candidate.score < _NEAR_BEST * candidates[0].score:
            break
        same_hit = [other for other in picked if other.hit_index == candidate.hit_index]
        if len(same_hit) == _PER_HIT or any(o.start < candidate.end and candidate.start < o.end for o in same_hit):
            continue
        text = " ".join(hits[candidate.hit_index].text[candidate.start : candidate.end].split())
        if text not in said:
            said.add(text)
            picked.append(candidate)
    return picked


def _nearest(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The beginning of each of the first sections."""
    first: dict[int, _Candidate] = {}
    for candidate in candidates:
        known = first.get(candidate.hit_index)
        if known is None or (candidate.start, candidate.end) < (known.start, known.end):
            first[candidate.hit_index] = candidate
    return [first[index] for index in sorted(first)[:MAX_NEAREST]]


def _passage(hits: Sequence[Hit], candidate: _Candidate) -> Passage:
    hit = hits[candidate.hit_index]
    first_line = hit.line_start + hit.text.count("\n", 0, candidate.start)
    quote = hit.text[candidate.start : candidate.end]
    return Passage(hit, quote, first_line, first_line + quote.count("\n"), candidate.unit.kind, candidate.score)


class _Scorer:
    """Scores runs of units against one question; the rarity of a word is counted over the hits."""

    def __init__(self, question: Question, hits: Sequence[Hit]) -> None:
        self._hits = hits
        self._heading_words = [words(" ".join((hit.title, *hit.heading_path))) for hit in hits]
        self._body_words = [words(hit.text[:MAX_TEXT]) for hit in hits]
        vocabulary = {word for group in (*self._heading_words, *self._body_words) for word in group}
        self._terms_of: dict[str, set[str]] = {}
        for term in question.weights:
            for word in variants(term, vocabulary):
                self._terms_of.setdefault(word, set()).add(term)
        self._headings = [self._terms(group) for group in self._heading_words]
        self._bodies = [self._terms(group) for group in self._body_words]
        self._weights = {term: weight * self._rarity(term) for term, weight in question.weights.items()}
        self._total = sum(self._weights.values()) or 1.0

    def candidates(self, index: int) -> list[_Candidate]:
        """Every run of whole units within a block of the hit, up to the size of a passage."""
        hit = self._hits[index]
        units = split_units(hit.text, by_line=hit.path.lower().endswith(_DATA_FILES))
        marks = [self._positions(hit.text[unit.start : unit.end]) for unit in units]
        found: list[_Candidate] = []
        for first, unit in enumerate(units):
            run: list[tuple[str, int]] = []
            offset = 0
            for last in range(first, min(first + _MAX_RUN, len(units))):
                other = units[last]
                if other.block != unit.block or (last > first and other.end - unit.start > _MAX_CHARS):
                    break
                positions, count = marks[last]
                run += [(term, offset + place) for term, place in positions]
                offset += count
                found.append(self._candidate(index, unit, other.end, run))
        return found

    def _candidate(self, index: int, unit: Unit, end: int, run: list[tuple[str, int]]) -> _Candidate:
        spoken = {term for term, _ in run}
        headed = self._headings[index] - spoken
        elsewhere = self._bodies[index] - spoken - headed
        said, named = self._weight(spoken), self._weight(headed)
        coverage = (said + _HEADING_SHARE * named + _SECTION_SHARE * self._weight(elsewhere)) / self._total
        # A section that the headings name is quoted at length; else the shortest run with the words is best.
        size = min(1.0, (end - unit.start) / _MAX_CHARS) * (0.08 if named > said else -0.08)
        early = -0.03 * min(1.0, unit.start / 2_000)
        score = 0.65 * coverage + 0.1 * _nearness(run, len(spoken)) + 0.25 * _clamped(self._hits[index].score)
        return _Candidate(index, unit.start, end, unit, score + size + early, coverage if said + named > 0 else 0.0)

    def _positions(self, text: str) -> tuple[list[tuple[str, int]], int]:
        spoken = words(text)
        return [(t, place) for place, word in enumerate(spoken) for t in sorted(self._terms_of.get(word, ()))], len(
            spoken
        )

    def _terms(self, group: Sequence[str]) -> set[str]:
        return {term for word in group for term in self._terms_of.get(word, ())}

    def _weight(self, terms: set[str]) -> float:
        return math.fsum(self._weights[term] for term in terms)

    def _rarity(self, term: str) -> float:
        having = sum(term in body or term in head for body, head in zip(self._bodies, self._headings, strict=True))
        return math.log(1 + len(self._hits) / (having + 1)) or 1.0


def _nearness(run: Sequence[tuple[str, int]], distinct: int) -> float:
    """1 where the matched words stand side by side, less the longer the shortest stretch with all of them is."""
    if distinct < 2:
        return float(distinct)
    seen: dict[str, int] = {}
    shortest = math.inf
    for term, place in run:
        seen[term] = place
        if len(seen) == distinct:
            shortest = min(shortest, place - min(seen.values()) + 1)
    return min(1.0, distinct / shortest)


def _clamped(score: float) -> float:
    return min(1.0, max(0.0, score)) if math.isfinite(score) else 0.0
