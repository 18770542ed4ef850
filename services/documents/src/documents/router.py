"""Routes that browse documents. Searching has its own router in `documents.search`."""

from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response

from common.fields import MAX_ID, Cursor, Limit, PathId, Text
from common.pages import Page, as_micros, decode_cursor, encode_cursor, from_micros
from common.problems import CursorInvalid, problems
from documents.content import asset_headers, is_unchanged, raw_headers
from documents.errors import (
    AssetNotFound,
    DocumentNotFound,
    DocumentNotStored,
    ProjectNotFound,
    ProjectsUnavailable,
    VersionNotFound,
)
from documents.known_project import KnownProject
from documents.llms_text import llms_text
from documents.models import Document
from documents.repository import Documents
from documents.schemas import (
    DocumentDiff,
    DocumentOrder,
    DocumentResponse,
    DocumentStatistics,
    DocumentSummary,
    DocumentVersionResponse,
    Kind,
    ProjectStatistics,
    ProjectTree,
    SourceTree,
)
from documents.service import read_document
from documents.tree import build_tree
from documents.versions import compare_versions

_SHA = "^([0-9a-f]{40}|[0-9a-f]{64})$"  # git's two kinds of ids

router = APIRouter(prefix="/api", tags=["documents"])

_PLAIN_TEXT: dict[str, Any] = {"content": {"text/plain": {"schema": {"type": "string"}}}}


@router.get("/projects/{project_id}/tree", responses=problems(ProjectNotFound, ProjectsUnavailable))
async def get_tree(project_id: KnownProject, documents: Documents) -> ProjectTree:
    """The project's documents as a tree of folders and files, per source."""
    sources = await documents.list_sources(project_id)
    files: dict[int, list[Document]] = defaultdict(list)
    for document in await documents.list_tree_files(project_id):
        files[document.source_id].append(document)
    trees = [
        SourceTree(source_id=each.id, name=each.name, commit_sha=each.commit_sha, tree=build_tree(files[each.id]))
        for each in sources
    ]
    return ProjectTree(project_id=project_id, sources=trees)


@router.get("/projects/{project_id}/documents", responses=problems(ProjectNotFound, CursorInvalid, ProjectsUnavailable))
async def list_documents(
    project_id: KnownProject,
    documents: Documents,
    *,
    path: Annotated[Text | None, Query(max_length=1024, description="The beginning of the path.")] = None,
    kind: Annotated[list[Kind] | None, Query(description="May be repeated.")] = None,
    source_id: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None,
    order: Annotated[DocumentOrder, Query(description="`updated`: what changed last comes first.")] = "path",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DocumentSummary]:
    """The project's documents, a page at a time."""
    found = await documents.list_documents(
        project_id,
        path=path,
        kinds=kind,
        source_id=source_id,
        order=order,
        after=_position(cursor, order),
        limit=limit + 1,
    )
    items = [DocumentSummary.model_validate(document) for document in found[:limit]]
    is_last = len(found) <= limit
    return Page(items=items, next_cursor=None if is_last else _cursor(items[-1], order))


def _cursor(last: DocumentSummary, order: DocumentOrder) -> str:
    return encode_cursor(last.path if order == "path" else as_micros(last.updated_at), last.id)


def _position(cursor: str | None, order: DocumentOrder) -> tuple[str | datetime, int] | None:
    key = decode_cursor(cursor, str if order == "path" else int, int)
    if key is None:
        return None
    first, last_id = key
    return (first if isinstance(first, str) else from_micros(first)), int(last_id)


@router.get(
    "/projects/{project_id}/llms.txt",
    response_class=Response,
    responses={**problems(ProjectNotFound, ProjectsUnavailable), 200: _PLAIN_TEXT},
)
async def get_llms_text(project_id: KnownProject, documents: Documents) -> Response:
    """The project's documents for agents: titles, paths and links by kind, without framework files."""
    sources = await documents.list_sources(project_id)
    found = [each for each in await documents.list_documents(project_id) if not each.is_framework]
    text = llms_text(project_id, {source.id: source.name for source in sources}, found)
    return Response(text, media_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"})


@router.get("/documents/{document_id}", responses=problems(DocumentNotFound))
async def get_document(document_id: PathId, documents: Documents) -> DocumentResponse:
    """A document: its text, sanitized HTML, table of contents and links, resolved now."""
    return await read_document(documents, document_id)


@router.get(
    "/documents/{document_id}/raw",
    response_class=Response,
    responses={
        **problems(DocumentNotFound, DocumentNotStored),
        200: _PLAIN_TEXT,
        304: {"description": "The caller's copy is current."},
    },
)
async def get_raw_document(
    document_id: PathId,
    documents: Documents,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The document's file, byte by byte, always as plain text; the ETag is the git blob id."""
    file = await documents.get_file(document_id)
    headers = raw_headers(file.path, file.blob_sha)
    if is_unchanged(if_none_match, file.blob_sha):
        return Response(status_code=304, headers=headers)
    return Response(file.data, media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/documents/{document_id}/versions", responses=problems(DocumentNotFound, CursorInvalid))
async def list_document_versions(
    document_id: PathId, documents: Documents, *, limit: Limit = 50, cursor: Cursor = None
) -> Page[DocumentVersionResponse]:
    """The document's versions, the current one first: as syncs found it, so commits between two syncs aren't seen.

    Its last hundred former versions are kept.
    """
    key = decode_cursor(cursor, int)
    found = await documents.list_versions(document_id, before=int(key[0]) if key else None, limit=limit + 1)
    items = [DocumentVersionResponse.model_validate(version) for version in found[:limit]]
    return Page(items=items, next_cursor=None if len(found) <= limit else encode_cursor(found[limit - 1].id))


@router.get(
    "/documents/{document_id}/diff",
    responses=problems(DocumentNotFound, VersionNotFound, DocumentNotStored),
)
async def get_document_diff(
    document_id: PathId,
    documents: Documents,
    from_sha: Annotated[
        str | None, Query(alias="from", pattern=_SHA, description="Without it, the version before `to`.")
    ] = None,
    to_sha: Annotated[str | None, Query(alias="to", pattern=_SHA, description="Without it, the current one.")] = None,
) -> DocumentDiff:
    """What changed from one version to another, line by line; both by the `commit_sha` that they have in the list.

    Texts are compared as they are shown: another encoding or other line ends alone are no difference.
    """
    return await compare_versions(documents, document_id, from_sha, to_sha)


@router.get(
    "/documents/{document_id}/assets/{path:path}",
    response_class=Response,
    responses={
        **problems(DocumentNotFound, AssetNotFound),
        200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "The caller's copy is current."},
    },
)
async def get_document_asset(
    document_id: PathId,
    path: Annotated[Text, Path(max_length=1024, description="From the root of the document's repository.")],
    documents: Documents,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """An image that documents of the same source refer to, byte by byte; the ETag is the git blob id."""
    asset = await documents.get_asset(document_id, path)
    headers = asset_headers(asset.path, asset.blob_sha)
    if is_unchanged(if_none_match, asset.blob_sha):
        return Response(status_code=304, headers=headers)
    return Response(asset.data, media_type=asset.media_type, headers=headers)


@router.get("/stats/documents")
async def get_statistics(documents: Documents) -> DocumentStatistics:
    """How many documents and chunks one may see, in all and by project."""
    counts = await documents.count_by_project()
    return DocumentStatistics(
        documents=sum(each.documents for each in counts),
        chunks=sum(each.chunks for each in counts),
        by_project=[ProjectStatistics.model_validate(each) for each in counts],
    )
