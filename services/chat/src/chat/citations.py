"""Checks what is about to be cited against the text that the documents service stores. Pure: the caller fetches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import structlog

from chat.evidence import CheckedCitation, Hit, Passage, Section, StoredDocument

log = structlog.get_logger(__name__)


def check_citations(
    passages: Iterable[Passage], retrieved: Sequence[Hit], documents: Mapping[int, StoredDocument | None]
) -> list[CheckedCitation]:
    """The passages that hold, numbered from 1 in the order in which they are shown.

    That is theirs, but the passages of one section stand together, in reading order, where the first of them stood.
    A passage holds when its document is one of those retrieved and still stored, its words stand verbatim within its
    lines, and the section that it was found in exists. What doesn't hold is dropped and logged.
    """
    found = {hit.document_id for hit in retrieved}
    checked: list[CheckedCitation] = []
    for passage in passages:
        document = documents.get(passage.hit.document_id) if passage.hit.document_id in found else None
        fault = _fault(passage, document)
        if document is None or fault:
            log.warning(
                "citation.dropped",
                document_id=passage.hit.document_id,
                path=passage.hit.path,
                line_start=passage.line_start,
                line_end=passage.line_end,
                reason=fault,
            )
            continue
        heading_path, anchor = _section(passage, document)
        checked.append(CheckedCitation(0, passage, document, heading_path, anchor))
    return [replace(citation, n=n) for n, citation in enumerate(_by_section(checked), start=1)]


def _by_section(citations: Iterable[CheckedCitation]) -> list[CheckedCitation]:
    sections: dict[Section, list[CheckedCitation]] = {}
    for citation in citations:
        sections.setdefault(citation.section, []).append(citation)
    return [citation for section in sections.values() for citation in sorted(section, key=_position)]


def _position(citation: CheckedCitation) -> tuple[int, int]:
    """The line where the quote begins, and where in it."""
    passage = citation.passage
    lines = citation.document.lines[passage.line_start - 1 : passage.line_end]
    return passage.line_start, "\n".join(lines).find(passage.quote)


def _fault(passage: Passage, document: StoredDocument | None) -> str | None:
    if document is None:
        return "not among the documents retrieved"
    if not 1 <= passage.line_start <= passage.line_end <= len(document.lines):
        return "the lines don't exist"
    if not passage.quote.strip():
        return "nothing is quoted"
    if passage.quote not in "\n".join(document.lines[passage.line_start - 1 : passage.line_end]):
        return "the words don't stand there"
    anchor = passage.hit.anchor
    if anchor and all(heading.anchor != anchor for heading in document.headings):
        return "the section doesn't exist"
    return None


def _section(passage: Passage, document: StoredDocument) -> tuple[tuple[str, ...], str | None]:
    """Heading path and anchor of the innermost section around the quote: a hit may span several small ones."""
    path: list[tuple[int, str]] = []
    anchor: str | None = None
    for heading in document.headings:
        if heading.line > passage.line_start:
            break
        path = [(level, text) for level, text in path if level < heading.level]
        path.append((heading.level, heading.text))
        anchor = heading.anchor
    if anchor is None:
        return passage.hit.heading_path, passage.hit.anchor
    return tuple(text for _, text in path), anchor
