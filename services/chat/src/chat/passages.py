"""Cuts a section's text into what may be quoted: sentences, list items, table rows, lines of code, each kept whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from chat.evidence import PassageKind

MAX_UNIT = 1_200
"""Characters; a longer sentence, item or line is quoted by its beginning."""

MAX_TEXT = 12_000
"""Characters of a section that are looked at."""

_MAX_UNITS = 200
_WHOLE_ITEM = 600
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(\s|$)")
_RULE = re.compile(r" {0,3}(=+|-{2,}|\*{3,}|_{3,})\s*$")
_ITEM = re.compile(r"\s*([-*+]|\d{1,9}[.)])\s+\S")
_ROW = re.compile(r"\s*\|")
_DELIMITER_ROW = re.compile(r"[\s|:-]+$")
_COMMENT = re.compile(r"\s*<!--")
# The end of a sentence: its mark, closing quotes or emphasis, white space. Chinese and Japanese marks need none.
_SENTENCE_END = re.compile(r"[.!?…]{1,3}[\"')*_`\]»”]{0,4}(\s)|[。！？]()")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|etc|resp|no|fig|[A-Z]))\.$", re.IGNORECASE)
_CONTINUES = re.compile(r"\s*[a-z,;:)]")


@dataclass(frozen=True, slots=True)
class Unit:
    """`text[start:end]`, never blank; units of one block may be quoted together."""

    start: int
    end: int
    block: int
    kind: PassageKind


def split_units(text: str, *, by_line: bool = False) -> list[Unit]:
    """The quotable units of `text` in reading order, without headings, rules, fences and HTML comments.

    `by_line` is for data files (CSV, YAML …), where each line is a unit; so it is in front matter.
    """
    text = text[:MAX_TEXT]
    by_line = by_line or text.startswith("---\n")
    splitter = _Splitter(text)
    for start, line in _lines(text):
        if by_line:
            splitter.add_line(start, line)
        else:
            splitter.read(start, line)
    splitter.end_block()
    return splitter.units[:_MAX_UNITS]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


@dataclass(slots=True)
class _Splitter:
    """Reads Markdown line by line; `open` is the span of the paragraph or list item being read."""

    text: str
    units: list[Unit] = field(default_factory=list[Unit])
    block: int = 0
    kind: PassageKind = "prose"
    open: tuple[int, int] | None = None
    fence: str = ""
    in_comment: bool = False
    after_gap: bool = False

    def read(self, start: int, line: str) -> None:
        if self._skipped(line):
            return
        if self.fence:
            self.add_line(start, line)
        elif not line.strip():
            self._close()
            self.after_gap = True
        elif _ITEM.match(line):
            self._enter("list", joins=self.kind == "list")
            self._extend(start, line)
        elif _ROW.match(line):
            self._enter("table", joins=self.kind == "table" and not self.after_gap)
            if not _DELIMITER_ROW.match(line):
                self._extend(start, line)
        else:
            if self.after_gap or self.kind in {"table", "code"}:
                self._enter("prose", joins=False)
            self._extend(start, line)

    def add_line(self, start: int, line: str) -> None:
        """A line that stands for itself, as in code and data."""
        if line.strip() and not _RULE.match(line):
            self.units.append(Unit(start, start + min(len(line.rstrip()), MAX_UNIT), self.block, "code"))

    def end_block(self) -> None:
        self._close()
        self.block += 1
        self.kind = "prose"
        self.after_gap = False

    def _skipped(self, line: str) -> bool:
        """Whether the line only marks up: a fence, a heading, a rule, a comment."""
        if self.in_comment or (not self.fence and _COMMENT.match(line)):
            self.in_comment = "-->" not in line
            return True
        marks = _FENCE.match(line)
        if marks and self.fence:
            closes = marks[1].startswith(self.fence) and not line.strip(" \t`~")
            if closes:
                self.fence = ""
                self.end_block()
            return closes
        if marks:
            self.end_block()
            self.fence = marks[1]
            self.kind = "code"
            return True
        if self.fence or not (_HEADING.match(line) or _RULE.match(line)):
            return False
        if line.strip(" ")[0] in "=-" and self.kind == "prose" and self.open:
            self.open = None  # the paragraph was a heading, underlined by this line
        self.end_block()
        return True

    def _enter(self, kind: PassageKind, *, joins: bool) -> None:
        if joins:
            self._close()
        else:
            self.end_block()
        self.kind = kind
        self.after_gap = False

    def _extend(self, start: int, line: str) -> None:
        begin = self.open[0] if self.open else start + (len(line) - len(line.lstrip()) if self.kind == "prose" else 0)
        self.open = (begin, start + len(line.rstrip()))

    def _close(self) -> None:
        if self.open is None:
            return
        start, end = self.open
        self.open = None
        whole = self.kind == "table" or (self.kind == "list" and end - start <= _WHOLE_ITEM)
        spans = [(start, end)] if whole else _sentences(self.text, start, end)
        self.units += [Unit(first, min(last, first + MAX_UNIT), self.block, self.kind) for first, last in spans]


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The spans of the sentences between `start` and `end`, without the white space between them."""
    begin = start
    for mark in _SENTENCE_END.finditer(text, start, end):
        last = mark.start(1) if mark[1] is not None else mark.end()
        if _CONTINUES.match(text, last, end) or _ABBREVIATION.search(text, max(begin, last - 6), last):
            continue
        yield from _trimmed(text, begin, last)
        begin = last
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    words = text[start:end]
    if words.strip():
        yield start + len(words) - len(words.lstrip()), start + len(words.rstrip())
