"""The part of a hit's text that shows why it was found, as HTML whose only tag is `<mark>`."""

import re
from collections.abc import Iterable
from html import escape

from documents.text_search import CJK, fold, marked_spans

_WIDTH = 280
_TOKEN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:[.\-'’][^\W_{CJK}]+)*")
_CJK = re.compile(f"[{CJK}]+")
_SPACE = re.compile(r"\s+(?:· )?")
_NEARBY = 20
_SHORTEST_STEM = 4
_LONGEST_ENDING = 3


def snippet(text: str, words: Iterable[str]) -> str:
    """About 280 characters of the text around most of the folded words, which are marked."""
    wanted = frozenset(words)
    marks = [mark for token in _TOKEN.finditer(text) for mark in _marks(token, wanted)]
    start = _word_start(text, min(_best_start(marks), max(0, len(text) - _WIDTH)))
    end = _word_end(text, start + _WIDTH)
    body = _marked(text, start, end, [mark[:2] for mark in marks])
    return ("… " if start else "") + " ".join(body.split()) + (" …" if end < len(text) else "")


def _marks(token: re.Match[str], wanted: frozenset[str]) -> list[tuple[int, int, str]]:
    """What to mark of a word, or of a run of Chinese, Japanese or Korean, with the wanted word that it stands for."""
    if _CJK.fullmatch(token.group()):
        at = token.start()
        spans = marked_spans(token.group(), wanted)
        return [(at + start, at + end, token.group()[start:end]) for start, end in spans]
    found = _matched(token.group(), wanted)
    return [(*token.span(), found)] if found else []


def _matched(token: str, wanted: frozenset[str]) -> str | None:
    """The wanted word that the token is, or is an inflected form of."""
    folded = fold(token)
    if folded in wanted:
        return folded
    return next((word for word in wanted if _is_inflected(folded, word)), None)


def _is_inflected(token: str, word: str) -> bool:
    """Whether both words differ in a short ending only: enough for marking, where a stemmer would be too much."""
    shared = min(len(token), len(word), max(_SHORTEST_STEM, min(len(token), len(word)) - 2))
    if shared < _SHORTEST_STEM or token[:shared] != word[:shared] or not token.isalpha():
        return False
    while shared < min(len(token), len(word)) and token[shared] == word[shared]:
        shared += 1
    return max(len(token), len(word)) - shared <= _LONGEST_ENDING


def _best_start(marks: list[tuple[int, int, str]]) -> int:
    """Where a window of the snippet's width holds most different words; a little before the first of them."""
    best, most, right = 0, 0, 0
    for left, (start, _, _) in enumerate(marks):
        while right < len(marks) and marks[right][1] <= start + _WIDTH - 40:
            right += 1
        held = len({word for _, _, word in marks[left:right]})
        if held > most:
            best, most = start, held
    return max(0, best - 40) if best > 40 else 0


def _word_start(text: str, at: int) -> int:
    """`at`, or the next beginning of a word; in a text without spaces nearby it stays."""
    if at == 0 or text[at - 1].isspace():
        return at
    space = _SPACE.search(text, at, at + _NEARBY)
    return space.end() if space else at


def _word_end(text: str, at: int) -> int:
    """`at`, or the next end of a word, or else the last before it, where there is one nearby."""
    if at >= len(text):
        return len(text)
    if space := _SPACE.search(text, at, at + _NEARBY):
        return space.start()
    before = [space.start() for space in _SPACE.finditer(text, at - 2 * _NEARBY, at)]
    return before[-1] if before else at


def _marked(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    position = start
    for left, right in spans:
        if left >= position and right <= end:
            parts += [escape(text[position:left]), "<mark>", escape(text[left:right]), "</mark>"]
            position = right
    return "".join([*parts, escape(text[position:end])])
