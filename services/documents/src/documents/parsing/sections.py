"""Headings to sections: one function for every file type."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from documents.parsing.model import Section
from documents.parsing.text import LineIndex

FRONT_MATTER_HEADING = "Front matter"

# Every section and chunk repeats the headings above it, so their size multiplies.
MAX_HEADING = 300
"""Characters of a heading's text that are kept."""

MAX_ANCHOR = 1_000
"""Characters of a heading that its anchor is made of."""

MAX_SECTIONS = 5_000
MAX_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a section begins: its level (1 at the top), text, anchor and line (from 1).

    `height` is how many lines are the heading and nothing else (0 for a data file's key).
    """

    level: int
    text: str
    anchor: str
    line: int
    height: int = 0


def bounded(headings: Sequence[Heading]) -> tuple[list[Heading], list[str]]:
    """The headings that make sections, and warnings: what follows the last of them belongs to its section."""
    kept = list(headings[:MAX_SECTIONS])
    if len(kept) == len(headings):
        return kept, []
    return kept, [f"It has {len(headings):,} headings: after the first {MAX_SECTIONS:,}, the rest is one section."]


def split(text: str, lines: LineIndex, headings: Sequence[Heading], front_matter_end: int = 0) -> list[Section]:
    """Cut the text at its headings (ascending lines, at most one a line).

    `front_matter_end` is the offset behind the front matter (0: none), which becomes a level 0 section of its own. Text
    before the first heading becomes one too, unless it is blank.
    """
    sections: list[Section] = []
    if front_matter_end:
        sections.append(_headless(0, FRONT_MATTER_HEADING, 0, front_matter_end, lines))
    first = lines.start_of(headings[0].line) if headings else len(text)
    if text[front_matter_end:first].strip():
        sections.append(_headless(len(sections), "", front_matter_end, first, lines))
    above: list[Heading] = []
    for heading, following in zip_longest(headings, headings[1:]):
        while above and above[-1].level >= heading.level:
            above.pop()
        above.append(heading)
        end = lines.start_of(following.line) if following else len(text)
        sections.append(_section(len(sections), above, end, lines))
    return sections


def _headless(position: int, heading: str, start: int, end: int, lines: LineIndex) -> Section:
    first, last = lines.line_of(start), lines.last_line_of(start, end)
    return Section(position, 0, heading, None, (), start, end, first, last, start)


def _section(position: int, above: Sequence[Heading], end: int, lines: LineIndex) -> Section:
    own = above[-1]
    start = lines.start_of(own.line)
    return Section(
        position=position,
        level=own.level,
        heading=own.text,
        anchor=own.anchor,
        heading_path=tuple(each.text for each in above),
        char_start=start,
        char_end=end,
        line_start=own.line,
        line_end=lines.last_line_of(start, end),
        body_start=min(end, lines.start_of(own.line + own.height)),
    )
