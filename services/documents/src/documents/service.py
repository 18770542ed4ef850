"""A document with everything its page shows, links resolved."""

from collections.abc import Mapping, Sequence

from documents.content import Destination, LinkResolver, find_anchor, is_line_fragment, places_of
from documents.models import Document, Link
from documents.parsing import FILE_TYPES
from documents.repository import DocumentRepository
from documents.schemas import DocumentResponse, DocumentSummary, LinkResponse, TocEntry

_SUFFIXES = frozenset(f".{name}" for name in FILE_TYPES)


async def read_document(documents: DocumentRepository, document_id: int) -> DocumentResponse:
    """Raises DocumentNotFound."""
    document = await documents.get_by_id(document_id)
    return DocumentResponse(
        **DocumentSummary.model_validate(document).model_dump(),
        front_matter=document.front_matter,
        content=document.content,
        html=document.html,
        toc=[TocEntry.model_validate(entry) for entry in document.toc],
        links=await _resolved_links(documents, document),
        warnings=document.warnings,
    )


async def _resolved_links(documents: DocumentRepository, document: Document) -> list[LinkResponse]:
    links = await documents.list_links(document)
    if not links:
        return []
    hrefs = [link.href for link in links]
    places = places_of(document.path, hrefs)
    resolver = LinkResolver(
        document.path,
        await documents.list_known_places(document.source_id, places),
        docs_path=await documents.get_docs_path(document.source_id),
        suffixes=_SUFFIXES,
    )
    paths = resolver.paths_elsewhere(hrefs)
    elsewhere = await documents.list_elsewhere(document, paths) if paths else {}
    destinations = [resolver.resolve(href, elsewhere) for href in hrefs]
    named = {each.document_id for each in destinations if each.document_id and not is_line_fragment(each.fragment)}
    anchors = await documents.list_anchors(named) if named else {}
    return [_response(link, where, anchors) for link, where in zip(links, destinations, strict=True)]


def _response(link: Link, where: Destination, anchors: Mapping[int, Sequence[str]]) -> LinkResponse:
    """A fragment that the target document doesn't have makes the link broken, though it still names the document."""
    anchor, state = None, where.state
    if where.document_id is not None and not is_line_fragment(where.fragment):
        anchor = find_anchor(where.fragment, anchors.get(where.document_id, ()))
        state = "broken" if anchor is None else state
    return LinkResponse(
        href=link.href,
        text=link.text,
        line=link.line,
        target_document_id=where.document_id,
        target_anchor=anchor,
        state=state,
    )
