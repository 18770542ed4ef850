"""Sections to chunks, the units of search: `chunk(document, tokenizer)`.

One section is one chunk where it fits; a longer one is cut at paragraphs, list items, table rows, code lines,
sentences, words, in that order; small neighbours under one parent become one chunk, but a story, requirement or
decision keeps its own. What is embedded is the heading path, then the text (a table's header again for its later rows),
never the file's path: moving a file changes no hash.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from documents.parsing.model import ParsedDocument, Section
from documents.parsing.sections import FRONT_MATTER_HEADING
from documents.parsing.text import LineIndex
from documents.splitting import MAX_CHARS, Piece, Splitter, WordPieces, trimmed

MODEL_LIMIT = 254
"""Word pieces that the model reads of one text, beside its two markers."""

MIN_BUDGET = 40
_MAX_PATH = 80
_SMALL = 64
_IDENTIFIED = re.compile(
    r"(?:user )?(?:story|epic|requirement|decision)\b.*\d|(?:FR|NFR|CR|UJ|SM|AD|ADR|CAP|DW|UX-DR|REQ|SPEC)-?\d", re.I
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a document's text with what is embedded for it; spans as in `documents.parsing.model`.

    `section_position` and `anchor` are those of its first section; `text` is `document.text[char_start:char_end]`.
    """

    position: int
    section_position: int
    heading_path: tuple[str, ...]
    anchor: str | None
    char_start: int
    char_end: int
    line_start: int
    line_end: int
    text: str
    embedded_text: str
    content_hash: str


@dataclass(slots=True)
class _Passage:
    """Text that is cut by itself: one section, or small neighbours. `body` is where it goes on behind `path`."""

    section: Section
    path: tuple[str, ...]
    start: int
    end: int
    body: int
    cost: int
    is_small: bool
    is_merged: bool = False


def chunk(document: ParsedDocument, tokenizer: WordPieces, budget: int = 220) -> list[Chunk]:
    """Cut a document into chunks, in the text's order; each embeds at most `budget` word pieces, heading path included.

    Every character that isn't blank is in exactly one chunk (of the front matter: all but its `---` lines). A document
    that isn't to be embedded has none. `budget` is 40 to 254.
    """
    if not document.embed:
        return []
    return _Chunker(document, tokenizer, budget).chunks()


class _Chunker:
    def __init__(self, document: ParsedDocument, tokenizer: WordPieces, budget: int) -> None:
        self._document = document
        self._text = document.text
        self._lines = LineIndex(document.text)
        self._tokenizer = tokenizer
        self._budget = max(MIN_BUDGET, min(budget, MODEL_LIMIT))
        self._splitter = Splitter(document.text, tokenizer, prose=document.file_type in ("md", "mdx", "rst", "txt"))
        self._paths: dict[tuple[str, ...], tuple[str, int]] = {}
        self._made = 0

    def chunks(self) -> list[Chunk]:
        return [each for passage in self._merged(self._passages()) for each in self._chunks_of(passage)]

    def _passages(self) -> Iterator[_Passage]:
        """One for each section; a heading without a body joins the first section below it."""
        carried: int | None = None
        for section, following in zip_longest(self._document.sections, self._document.sections[1:]):
            start = section.char_start if carried is None else carried
            if _is_above(section, following) and not self._text[section.body_start : section.char_end].strip():
                carried = start
                continue
            carried = None
            cost = self._splitter.cost(start, section.char_end)
            is_small = cost <= _SMALL and not _IDENTIFIED.match(section.heading) and not _is_front_matter(section)
            yield _Passage(section, section.heading_path, start, section.char_end, section.body_start, cost, is_small)

    def _merged(self, passages: Iterable[_Passage]) -> Iterator[_Passage]:
        above: _Passage | None = None
        for passage in passages:
            if above and self._belong_together(above, passage):
                _merge(above, passage)
                continue
            if above:
                yield above
            above = passage
        if above:
            yield above

    def _belong_together(self, above: _Passage, passage: _Passage) -> bool:
        if not (above.is_small and passage.is_small) or (above.cost + passage.cost) * 4 > self._budget * 3:
            return False
        parent = passage.path[:-1]
        return bool(passage.path) and (above.path == parent or (not above.is_merged and above.path[:-1] == parent))

    def _pieces(self, passage: _Passage, limit: int) -> list[Piece]:
        """What is embedded of the passage behind its path; an empty piece where there is nothing but headings."""
        start, end = passage.body, passage.end
        if _is_front_matter(passage.section):
            start, end = _inside_rules(self._text, end)
        if self._document.file_type in ("csv", "tsv"):
            return self._splitter.rows(start, end, limit, (0, self._lines.end_of(1)))
        return self._splitter.split(start, end, limit) or [Piece(passage.start, passage.start)]

    def _chunks_of(self, passage: _Passage) -> Iterator[Chunk]:
        path, cost = self._path(passage.path)
        for index, piece in enumerate(self._pieces(passage, self._budget - cost)):
            body = self._text[piece.start : piece.end]
            embedded = "\n".join(part for part in (path, piece.lead, body) if part)
            start = passage.start if index == 0 and passage.body > passage.start else piece.start
            start, end = trimmed(self._text, start, piece.end if body else passage.end)
            if start < end and embedded:
                yield self._chunk(passage, start, end, embedded)

    def _chunk(self, passage: _Passage, start: int, end: int, embedded: str) -> Chunk:
        self._made += 1
        return Chunk(
            position=self._made - 1,
            section_position=passage.section.position,
            heading_path=passage.path,
            anchor=passage.section.anchor,
            char_start=start,
            char_end=end,
            line_start=self._lines.line_of(start),
            line_end=self._lines.last_line_of(start, end),
            text=self._text[start:end],
            embedded_text=embedded,
            content_hash=hashlib.sha256(embedded.encode()).hexdigest(),
        )

    def _path(self, path: tuple[str, ...]) -> tuple[str, int]:
        """The headings as they are embedded, and their word pieces: outer ones give way when there is no room."""
        if path not in self._paths:
            self._paths[path] = self._shortened(path, min(_MAX_PATH, self._budget // 3))
        return self._paths[path]

    def _shortened(self, path: tuple[str, ...], limit: int) -> tuple[str, int]:
        for outermost in range(len(path)):
            shown = " > ".join(path[outermost:])
            needed = self._tokenizer.count([shown])[0]
            if needed <= limit:
                return shown, needed
        # One long heading: as many of its words as there is room for.
        own = path[-1][:MAX_CHARS] if path else ""
        starts = self._tokenizer.starts(own)
        cut = own[: starts[limit]] if len(starts) > limit else own
        # Scripts without spaces have no word's end to cut at.
        shown = cut.rpartition(" ")[0] or cut if len(cut) < len(own) else own
        return shown, self._tokenizer.count([shown])[0]


def _is_front_matter(section: Section) -> bool:
    return section.level == 0 and section.heading == FRONT_MATTER_HEADING


def _is_above(section: Section, following: Section | None) -> bool:
    path = section.heading_path
    return bool(path) and following is not None and following.heading_path[:-1][: len(path)] == path


def _inside_rules(text: str, end: int) -> tuple[int, int]:
    """The front matter's span without its first and last line."""
    start = text.index("\n") + 1
    return start, max(start, text.rfind("\n", 0, end - 1) + 1)


def _merge(above: _Passage, passage: _Passage) -> None:
    parent = passage.path[:-1]
    # Headings that were carried into it are part of the path already.
    above.body = above.section.body_start if above.section.heading_path == parent else above.section.char_start
    above.path, above.end, above.is_merged = parent, passage.end, True
    above.cost += passage.cost
