"""Words that a mistyped word may stand for: a letter too many, too few or wrong, or two letters swapped. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

SHORTEST = 4
"""Of shorter words too many lie near; only the labels of identifiers are tried for them ("RF12")."""

LABELS = ("story", "epic", "task", "sprint", "requirement", "decision", "fr", "nfr", "ac", "ad", "adr")
"""Words that begin an identifier: always known."""


class Vocabulary:
    """Words with how often they occur, by their first letter."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = {**dict.fromkeys(LABELS, 1), **counts}
        self._by_letter: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._counts:
            self._by_letter[word[0]].append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._counts

    def has_beginning(self, beginning: str) -> bool:
        """Whether a word begins like this."""
        return any(word.startswith(beginning) for word in self._by_letter.get(beginning[0], ()))

    def nearest(self, word: str, *, is_beginning: bool = False) -> str | None:
        """The word that was probably meant: the fewest mistakes, then the most frequent; None if nothing is near.

        Two mistakes in words of eight letters or more, one in shorter ones; in words of four letters only a swap, or
        what makes it a label. With `is_beginning` the word may be typed half: the beginnings of words are compared.
        """
        if len(word) < SHORTEST:
            return self._label_for(word)
        allowed = 2 if len(word) >= 8 else 1
        best: tuple[int, int, str] | None = None
        for each in self._candidates(word):
            compared = each[: len(word)] if is_beginning else each
            if abs(len(compared) - len(word)) > allowed:
                continue
            mistakes = distance(word, compared, allowed)
            if mistakes > allowed or (len(word) == SHORTEST and not _is_close(word, compared)):
                continue
            found = (mistakes, -self._counts[each], each)
            best = min(best, found) if best else found
        return best[2] if best else None

    def _candidates(self, word: str) -> Iterable[str]:
        """People hardly ever mistake the first letter, but for swapping it with the second."""
        yield from self._by_letter.get(word[0], ())
        if word[1] != word[0]:
            swapped = word[1] + word[0]
            yield from (each for each in self._by_letter.get(word[1], ()) if each.startswith(swapped))

    def _label_for(self, word: str) -> str | None:
        return next((label for label in LABELS if sorted(label) == sorted(word) and label != word), None)


def distance(one: str, other: str, limit: int) -> int:
    """How many letters were inserted, left out, replaced or swapped with a neighbour; `limit` + 1 where more.

    Optimal string alignment, the usual restriction of Damerau's distance.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, other_letter in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other_letter))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other_letter:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit and min(before) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def _is_close(word: str, other: str) -> bool:
    return other in LABELS or sorted(word) == sorted(other)
