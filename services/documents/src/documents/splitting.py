"""Long text to pieces of a bounded number of word pieces, cut where a reader would: `Splitter`.

The text is tokenised once; counts of spans come from the offsets, since no word piece reaches over a space or line end.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

MAX_CHARS = 4_000
"""No piece is longer, however few word pieces it has (a long unbroken string is a single unknown one)."""

_FENCE = re.compile(r"[ \t]*(```+|~~~+)")
_BULLET = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_SENTENCE = re.compile(r"[.!?…][\"'”»)\]]*[ \t\n]+|[。！？]")
_SPACE = re.compile(r"[ \t\n]+")
_DEFINITION = re.compile(
    r"[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(?:\[[ xX]\][ \t]+)?[*_`\[]*"
    r"(?:FR|NFR|CR|UJ|SM|AD|ADR|CAP|DW|UX-DR|REQ)-?\d+(?:[.-]\d+)*[a-z]?[*_`\]]*[ \t]*[:.)(—–-]"
)
# A shorter one mentions an identifier (a coverage map), it doesn't define it.
_MIN_DEFINITION = 15

Span = tuple[int, int]


class WordPieces(Protocol):
    """The model's tokenizer (`documents.embedding.Tokenizer`)."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text."""
        ...

    def starts(self, text: str) -> list[int]:
        """Offset of each word piece's first character, ascending."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A span without blanks at its ends; `lead` is what must be read before it (its table's header)."""

    start: int
    end: int
    lead: str = ""


class Splitter:
    """Cuts spans of one text. `prose`: paragraphs and sentences matter; else every line stands for itself."""

    def __init__(self, text: str, tokenizer: WordPieces, *, prose: bool) -> None:
        self._text = text
        self._tokenizer = tokenizer
        self._starts = tokenizer.starts(text)
        lines = self._items if prose else self._lines
        self._levels: tuple[Callable[[int, int], Iterable[Span]], ...] = (
            self._blocks,
            lines,
            self._sentences,
            self._words,
        )
        self._prose = prose

    def cost(self, start: int, end: int) -> int:
        """Word pieces of a span that begins and ends at whitespace."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def split(self, start: int, end: int, limit: int) -> list[Piece]:
        """The span as pieces of at most `limit` word pieces each (lead included), covering all that isn't blank."""
        spans = self._definitions_apart(start, end) if self._prose else [(start, end)]
        return [piece for span in spans for piece in self._joined(self._cut(*span, limit, 0), limit)]

    def rows(self, start: int, end: int, limit: int, header: Span) -> list[Piece]:
        """The same for lines of a table: its header leads every piece behind it, unless it is too long for that."""
        needed = self.cost(*header)
        lead = self._text[slice(*header)] if needed * 3 <= limit else ""
        pieces = self._packed(list(self._lines(start, end)), limit - needed if lead else limit, 2)
        return [replace(piece, lead=lead) if piece.start >= header[1] else piece for piece in pieces]

    def _joined(self, pieces: Iterable[Piece], limit: int) -> list[Piece]:
        """Neighbours together where one is a mere rest (the end of a long list, the line that introduces one)."""
        joined: list[Piece] = []
        for piece in pieces:
            if joined and not piece.lead and self._is_rest(joined[-1], piece, limit):
                joined[-1] = replace(joined[-1], end=piece.end)
            else:
                joined.append(piece)
        return joined

    def _is_rest(self, above: Piece, piece: Piece, limit: int) -> bool:
        smaller = min(self.cost(above.start, above.end), self.cost(piece.start, piece.end))
        if smaller * 4 > limit or not self._fits(above.start, piece.end, limit):
            return False
        # Counted, since a piece of an unbroken string isn't what the offsets say.
        return sum(self._tokenizer.count([above.lead, self._text[above.start : piece.end]])) <= limit

    def _cut(self, start: int, end: int, limit: int, level: int) -> list[Piece]:
        start, end = trimmed(self._text, start, end)
        if start == end:
            return []
        if self._fits(start, end, limit):
            return [Piece(start, end)]
        if level == len(self._levels):
            return list(self._forced(start, end, limit))
        if level == 1 and self._prose and (header := self._table_header(start, end)):
            return self.rows(start, end, limit, header)
        return self._packed(list(self._levels[level](start, end)), limit, level + 1)

    def _packed(self, units: Sequence[Span], limit: int, level: int) -> list[Piece]:
        """Neighbouring units together as far as they fit, of even size rather than full ones and a rest."""
        total = self.cost(units[0][0], units[-1][1])
        even = min(limit, total // -(-total // limit) + limit // 5) if total else limit
        pieces: list[Piece] = []
        start, end = units[0]
        for unit_start, unit_end in units[1:]:
            if self._fits(start, unit_end, even):
                end = unit_end
                continue
            pieces.extend(self._cut(start, end, limit, level))
            start, end = unit_start, unit_end
        return [*pieces, *self._cut(start, end, limit, level)]

    def _table_header(self, start: int, end: int) -> Span | None:
        """A Markdown table's header with its rule, None where the block is no table."""
        lines = self._lines(start, end)
        first, second = next(lines), next(lines, None)
        if second is None or "|" not in self._text[slice(*first)]:
            return None
        return (start, second[1]) if _TABLE_RULE.match(self._text[slice(*second)]) else None

    def _fits(self, start: int, end: int, limit: int) -> bool:
        return end - start <= MAX_CHARS and self.cost(start, end) <= limit

    def _lines(self, start: int, end: int) -> Iterator[Span]:
        """Lines that aren't blank."""
        while start < end:
            line_end = self._text.find("\n", start, end)
            stop = end if line_end < 0 else line_end
            if self._text[start:stop].strip():
                yield start, stop
            start = stop + 1

    def _follows_blank(self, last: int, line_start: int) -> bool:
        return self._text.count("\n", last, line_start) > 1

    def _blocks(self, start: int, end: int) -> Iterator[Span]:
        """Paragraphs, lists, tables; a code fence is one block, blank lines or not."""
        begin, fence, last = start, "", start
        for line_start, line_end in self._lines(start, end):
            if line_start > begin and not fence and self._follows_blank(last, line_start):
                yield begin, line_start
                begin = line_start
            fence, last = _fence_after(fence, self._text[line_start:line_end]), line_end
        yield begin, end

    def _items(self, start: int, end: int) -> Iterator[Span]:
        """List items, or lines of code; a plain paragraph stays whole."""
        is_code = _FENCE.match(self._text, start, end) is not None
        begin = start
        for line_start, _ in self._lines(start, end):
            if line_start > begin and (is_code or _BULLET.match(self._text, line_start, end)):
                yield begin, line_start
                begin = line_start
        yield begin, end

    def _sentences(self, start: int, end: int) -> Iterator[Span]:
        for match in _SENTENCE.finditer(self._text, start, end):
            # Word pieces don't reach over ideographic stops either.
            yield start, match.end()
            start = match.end()
        if start < end:
            yield start, end

    def _words(self, start: int, end: int) -> Iterator[Span]:
        for match in _SPACE.finditer(self._text, start, end):
            yield start, match.start()
            start = match.end()
        yield start, end

    def _forced(self, start: int, end: int, limit: int) -> Iterator[Piece]:
        """An unbroken string cut anywhere; its parts are counted anew, since a cut changes the word pieces."""
        while start < end:
            after = bisect_left(self._starts, start) + limit * 3 // 4
            stop = min(end, start + MAX_CHARS, self._starts[after] if after < len(self._starts) else end)
            while stop - start > 1 and self._tokenizer.count([self._text[start:stop]])[0] > limit:
                stop = start + (stop - start) // 2
            yield Piece(start, stop)
            start = stop

    def _definitions_apart(self, start: int, end: int) -> Iterator[Span]:
        """Items that define a requirement or decision, each by itself, and what is between them."""
        begin = start
        for span_start, span_end, defines in self._items_of_definitions(start, end):
            if defines and self.cost(span_start, span_end) >= _MIN_DEFINITION:
                if begin < span_start:
                    yield begin, span_start
                yield span_start, span_end
                begin = span_end
        if begin < end:
            yield begin, end

    def _items_of_definitions(self, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """The whole span in parts; a definition's part ends at the next item or paragraph that isn't below it."""
        begin, last, fence = start, start, ""
        indent: int | None = None
        for line_start, line_end in self._lines(start, end):
            line = self._text[line_start:line_end]
            own = len(line) - len(line.lstrip())
            begins = _BULLET.match(line) is not None or self._follows_blank(last, line_start)
            defines = not fence and _DEFINITION.match(line) is not None
            if defines or (indent is not None and begins and own <= indent and not fence):
                yield begin, line_start, indent is not None
                begin, indent = line_start, own if defines else None
            fence, last = _fence_after(fence, line), line_end
        yield begin, end, indent is not None


def trimmed(text: str, start: int, end: int) -> Span:
    """The span without blanks at its ends."""
    part = text[start:end]
    begin = start + len(part) - len(part.lstrip())
    return begin, max(begin, start + len(part.rstrip()))


def _fence_after(fence: str, line: str) -> str:
    """The code fence that is open behind this line ("" for none)."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    mark = match.group(1)
    if not fence:
        return mark
    return "" if mark.startswith(fence) and not line.strip().strip(mark[0]) else fence
