"""Near-duplicates among ranked passages: copies of one passage in several places become one, which names the others.

Two passages are copies where almost all of their runs of three words are the same, or where one is in the other, which
is little longer (it was cut with a short neighbour); and where every number, identifier and negation is the same, in
order: FR12 and FR13, or "must" and "must not", are never copies, nor are the texts of two stories.
Of copies the one is shown that people maintain: not the archived one; of a whole document and its shards
(docs/prd.md and docs/prd/goals.md) the shard, which the method works with from the day that it is cut; then the best
ranked. No I/O.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from documents.parsing.recognition import is_archived
from documents.search.ranking import Ranked
from documents.search.repository import Candidate
from documents.text_search import fold, in_pairs

MOST = 100
"""Passages that are compared; what ranks lower is hardly ever shown."""

_ALIKE, _CONTAINED, _LENGTH = 0.85, 0.95, 0.7
_RUN = 3
_WORD = re.compile(r"[^\W_]+(?:[.\-'’][^\W_]+)*")
_NEGATIONS = frozenset(
    ["not", "no", "never", "without", "cannot", "nor", "ne", "ni", "pas", "jamais", "sans", "aucun", "aucune", "nicht"]
)


@dataclass(slots=True)
class Distinct:
    """A passage and its copies elsewhere."""

    ranked: Ranked
    copies: list[Candidate] = field(default_factory=list[Candidate])


Run = tuple[str, ...]
Exact = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Print:
    """What is compared of a passage: runs of words, and what must be equal to the letter."""

    runs: frozenset[Run]
    exact: Exact

    @classmethod
    def of(cls, candidate: Candidate) -> "_Print":
        words = _WORD.findall(in_pairs(fold(candidate.text)))
        heading = _WORD.findall(fold(candidate.heading_path[-1])) if candidate.heading_path else []
        runs = zip(*(words[start:] for start in range(_RUN)), strict=False) if len(words) >= _RUN else [tuple(words)]
        return cls(frozenset(runs), (*filter(_is_exact, heading), "", *filter(_is_exact, words)))


@dataclass(slots=True)
class _Alikes:
    """The passages found so far that are equal in what must be, by the runs that they have."""

    found: list[tuple[Distinct, _Print]] = field(default_factory=list[tuple[Distinct, _Print]])
    by_run: defaultdict[Run, list[int]] = field(default_factory=lambda: defaultdict[Run, list[int]](list))

    def add(self, distinct: Distinct, print_: _Print) -> None:
        for run in print_.runs:
            self.by_run[run].append(len(self.found))
        self.found.append((distinct, print_))

    def twin_of(self, candidate: Candidate, print_: _Print) -> Distinct | None:
        shared = Counter(index for run in print_.runs & self.by_run.keys() for index in self.by_run[run])
        for index, count in shared.most_common():
            distinct, other = self.found[index]
            if not _are_alike(len(print_.runs), len(other.runs), count):
                continue
            if _are_places_of_one(candidate, distinct.ranked.candidate, print_, other):
                return distinct
        return None


def without_twins(ranked: Sequence[Ranked]) -> list[Distinct]:
    """The passages in order, each once; a copy takes the place of a better ranked one where it is the one to show."""
    found: list[Distinct] = []
    by_exact: defaultdict[Exact, _Alikes] = defaultdict(_Alikes)
    for each in ranked[:MOST]:
        print_ = _Print.of(each.candidate)
        alikes = by_exact[print_.exact]
        twin = alikes.twin_of(each.candidate, print_)
        if twin is not None:
            _join(twin, each)
            continue
        found.append(Distinct(each))
        alikes.add(found[-1], print_)
    return found + [Distinct(each) for each in ranked[MOST:]]


def _are_alike(one: int, other: int, shared: int) -> bool:
    """By how many runs two passages have, and share."""
    shorter, longer = sorted((one, other))
    is_inside = shared >= _CONTAINED * shorter and shorter >= _LENGTH * longer
    return is_inside or shared >= _ALIKE * (one + other - shared)


def _are_places_of_one(one: Candidate, other: Candidate, print_: _Print, other_print: _Print) -> bool:
    """Whether copies may be one: not of two artifacts, and within one document only where nothing differs."""
    if one.artifact_id and other.artifact_id and one.artifact_id != other.artifact_id:
        return False
    return one.document_id != other.document_id or print_ == other_print


def _join(twin: Distinct, copy: Ranked) -> None:
    shown = twin.ranked.candidate
    if _claim(copy.candidate, shown) > _claim(shown, copy.candidate):
        twin.copies.append(shown)
        twin.ranked = replace(twin.ranked, candidate=copy.candidate)
    else:
        twin.copies.append(copy.candidate)


def _claim(one: Candidate, other: Candidate) -> tuple[bool, bool]:
    """What speaks for showing the one and not the other; greater is better."""
    return not is_archived(one.path), _is_shard(one.path, other.path)


def _is_shard(path: str, of: str) -> bool:
    """Whether a file lies in the folder that is named like the other file."""
    whole = PurePosixPath(of)
    return PurePosixPath(path).is_relative_to(whole.with_suffix("")) and path != of


def _is_exact(word: str) -> bool:
    return word in _NEGATIONS or (not word.isalpha() and any(map(str.isdigit, word)))
