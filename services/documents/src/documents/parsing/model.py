"""What parsing yields: plain dataclasses, no behaviour.

Characters are counted in `ParsedDocument.text` (the decoded text with "\\n" line ends), lines from 1; both ends of a
line range are included, `char_end` is excluded.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its own body, up to the next heading of any level.

    `level` 0 is text before the first heading (or a whole file without headings); the front matter is a level 0 section
    of its own. `heading_path` holds the headings above and the own one. `body_start` is the offset behind the heading's
    line or lines (a data file's key is part of its body).
    """

    position: int
    level: int
    heading: str
    anchor: str | None
    heading_path: tuple[str, ...]
    char_start: int
    char_end: int
    line_start: int
    line_end: int
    body_start: int


@dataclass(frozen=True, slots=True)
class TocEntry:
    """A heading as the table of contents shows it; `anchor` equals the `id` in the HTML."""

    level: int
    text: str
    anchor: str
    line: int


@dataclass(frozen=True, slots=True)
class Link:
    """A reference as written in the document, not resolved: Markdown links and images, HTML ones, `[Source: …]`."""

    href: str
    text: str
    line: int


@dataclass(slots=True)
class ParsedDocument:
    """All that one file's bytes say; see `documents.parsing.parse`."""

    path: str
    title: str
    file_type: str
    kind: str
    is_framework: bool
    artifact_id: str | None
    status: str | None
    front_matter: dict[str, Any] | None
    text: str
    html: str
    toc: list[TocEntry]
    sections: list[Section]
    links: list[Link]
    embed: bool
    status_raw: str | None = None
    archived: bool = False
    front_matter_span: tuple[int, int] | None = None
    warnings: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Content:
    """What a parser of one file type yields before recognition."""

    html: str
    sections: list[Section]
    title: str | None = None
    toc: list[TocEntry] = field(default_factory=list[TocEntry])
    links: list[Link] = field(default_factory=list[Link])
    data: dict[str, Any] | None = None
    front_matter: dict[str, Any] | None = None
    front_matter_span: tuple[int, int] | None = None
    warnings: list[str] = field(default_factory=list[str])
