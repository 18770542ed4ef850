"""CSV and TSV: an HTML table and one section for each group of rows. `parse`."""

import csv
from collections.abc import Iterator
from html import escape

from documents.parsing.anchors import Slugger
from documents.parsing.model import Content, TocEntry
from documents.parsing.render import plain, sanitise
from documents.parsing.sections import Heading, bounded, split
from documents.parsing.text import LineIndex

_ROWS_IN_A_SECTION = 50
_ROWS_SHOWN = 2_000


def parse(text: str, delimiter: str) -> Content:
    """Parse delimited text whose first row is its header; what isn't readable as such is shown as plain text."""
    lines = LineIndex(text)
    try:
        rows = list(_rows(text, delimiter))
    except csv.Error as error:
        warning = f"This isn't a readable table ({error}); it is shown as plain text."
        return Content(plain(text), split(text, lines, []), warnings=[warning])
    headings, warnings = bounded(_headings(rows))
    content = Content(_table(rows), split(text, lines, headings), warnings=warnings)
    content.toc = [TocEntry(each.level, each.text, each.anchor, each.line) for each in headings]
    if len(rows) > _ROWS_SHOWN:
        content.warnings.append(f"The rendered table shows the first {_ROWS_SHOWN} of {len(rows)} rows.")
    return content


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Non-empty rows with the line that each begins at."""
    reader = csv.reader(text.split("\n"), delimiter=delimiter)
    begin = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield begin, row
        begin = reader.line_num + 1


def _headings(rows: list[tuple[int, list[str]]]) -> list[Heading]:
    body = rows[1:]
    if len(body) <= _ROWS_IN_A_SECTION:
        return []
    slugger = Slugger()
    found: list[Heading] = []
    for first in range(0, len(body), _ROWS_IN_A_SECTION):
        text = f"Rows {first + 1}–{min(first + _ROWS_IN_A_SECTION, len(body))}"
        found.append(Heading(1, text, slugger.anchor(text), body[first][0]))
    return found


def _table(rows: list[tuple[int, list[str]]]) -> str:
    cells = [[escape(cell) for cell in row] for _, row in rows[: _ROWS_SHOWN + 1]]
    head = "".join(f"<th>{cell}</th>" for cell in cells[0]) if cells else ""
    anchors = {line: heading.anchor for heading in _headings(rows) for line in (heading.line,)}
    body = "".join(
        f'<tr id="{escape(anchors[line])}">{_cells(row)}</tr>' if line in anchors else f"<tr>{_cells(row)}</tr>"
        for (line, _), row in zip(rows[1:], cells[1:], strict=False)
    )
    return sanitise(f'<table class="data-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def _cells(row: list[str]) -> str:
    return "".join(f"<td>{cell}</td>" for cell in row)
