"""Which words of a query were mistyped, as far as a project's titles, headings and identifiers tell. No I/O."""

import re
from collections.abc import Iterable

from documents.search.near_words import SHORTEST, Vocabulary
from documents.text_search import CJK

_RUN = re.compile(rf"[^\W\d_{CJK}]+(?=[-_]?(\d))?")
_MOST = 5


def corrections(unknown: Iterable[str], vocabulary: Vocabulary) -> dict[str, str]:
    """For words (folded) that occur nowhere, the words that were probably meant; by the run of letters in question.

    Numbers are never corrected: FR12 and FR13 are both right.
    """
    found: dict[str, str] = {}
    for word in unknown:
        for match in _RUN.finditer(word):
            run = match.group()
            is_tried = len(run) >= SHORTEST or (len(run) > 1 and match.group(1) is not None)
            if is_tried and run not in found and run not in vocabulary and (meant := vocabulary.nearest(run)):
                found[run] = meant
    return dict(list(found.items())[:_MOST])


def completed(typed: Iterable[str], vocabulary: Vocabulary) -> dict[str, str]:
    """The same for words typed so far, the last of which may be half."""
    words = list(typed)
    found: dict[str, str] = {}
    for position, word in enumerate(words, 1):
        is_beginning = position == len(words)
        if len(word) < SHORTEST or not word.isalpha() or word in vocabulary or vocabulary.has_beginning(word):
            continue
        if meant := vocabulary.nearest(word, is_beginning=is_beginning):
            found[word] = meant
    return found
