"""Plain text and reStructuredText, preformatted; the latter has sections by underlined titles. `parse`, `parse_rst`."""

import re

from documents.parsing.anchors import Slugger
from documents.parsing.model import Content, TocEntry
from documents.parsing.render import plain
from documents.parsing.sections import MAX_ANCHOR, MAX_HEADING, MAX_LEVEL, Heading, bounded, split
from documents.parsing.text import LineIndex

_UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*$")


def parse(text: str) -> Content:
    """One section for the whole text."""
    return Content(plain(text), split(text, LineIndex(text), []))


def parse_rst(text: str) -> Content:
    """Sections by titles with an underline at least as long; the order in which adornments appear gives the levels."""
    headings, warnings = bounded(_rst_headings(text.split("\n")))
    content = Content(plain(text, {each.line: each.anchor for each in headings}), [], warnings=warnings)
    content.sections = split(text, LineIndex(text), headings)
    content.toc = [TocEntry(each.level, each.text, each.anchor, each.line) for each in headings]
    content.title = headings[0].text if headings else None
    return content


def _rst_headings(lines: list[str]) -> list[Heading]:
    slugger, adornments, found = Slugger(), list[str](), list[Heading]()
    for index in range(1, len(lines)):
        title, underline = lines[index - 1], lines[index].rstrip()
        if not _UNDERLINE.match(underline) or not title.strip() or _UNDERLINE.match(title):
            continue
        over = index >= 2 and lines[index - 2].rstrip() == underline
        if len(underline) < len(title.strip()) or (title[0].isspace() and not over):
            continue
        style = underline[0] * (2 if over else 1)
        if style not in adornments:
            adornments.append(style)
        text = title.strip()
        # An overline belongs to its title's section.
        line, height = (index - 1, 3) if over else (index, 2)
        level = min(adornments.index(style) + 1, MAX_LEVEL)
        found.append(Heading(level, text[:MAX_HEADING], slugger.anchor(text[:MAX_ANCHOR]), line, height))
    return found
