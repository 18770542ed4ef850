"""Which passages are read to be ranked by words: those that have the most telling words, best first. No I/O."""

from collections.abc import Sequence
from itertools import combinations

from documents.search.terms import Term

MOST_SCORED = 600
"""So many passages are ranked by words; the index tells which have which words without reading a passage."""

_TELLING = 4
_TELLING_OF_MANY = 3


def rungs(terms: Sequence[Term]) -> list[str]:
    """Queries to the index (tsquery in text form) in the order in which their matches are wanted, none matching twice.

    Where few passages have any of the rarest words, one query finds them. Else those with all of the words come first,
    then those that lack the least telling one, and so on. Further words only count in the ranking.
    """
    found = sorted((term for term in terms if term.frequency), key=lambda term: -term.weight)
    if sum(term.frequency for term in found[:_TELLING]) <= MOST_SCORED:
        return [_any_of(found[:_TELLING])] if found else []
    telling = found[:_TELLING_OF_MANY]
    subsets = [subset for size in range(1, len(telling) + 1) for subset in combinations(telling, size)]
    subsets.sort(key=lambda subset: -sum(term.weight for term in subset))
    return [_exactly(subset, telling) for subset in subsets]


def _any_of(terms: Sequence[Term]) -> str:
    return " | ".join(f"({term.tsquery})" for term in terms)


def _exactly(subset: Sequence[Term], terms: Sequence[Term]) -> str:
    return " & ".join(f"({term.tsquery})" if term in subset else f"!({term.tsquery})" for term in terms)
