"""What the document routes read. Everything is limited to the projects that the asking identity may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Subquery,
    Text,
    and_,
    any_,
    exists,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, load_only, raiseload

from common.database import SessionDep
from common.fields import MAX_ID
from common.identity import Identity, IdentityDep
from documents.content import KnownPlaces, Places
from documents.errors import AssetNotFound, DocumentNotFound, DocumentNotStored, VersionNotFound
from documents.models import DOCUMENT_NAME, Asset, Chunk, CommitFacts, Document, DocumentVersion, Link, Source
from documents.schemas import DocumentOrder, Kind

_CURRENT = MAX_ID  # the id of a document's current version among its versions
_AFTER_SLASH = "0"  # the next character: paths are compared by code points
_SUMMARY = (
    Document.id,
    Document.project_id,
    Document.source_id,
    Document.path,
    Document.title,
    Document.file_type,
    Document.size_bytes,
    Document.kind,
    Document.artifact_id,
    Document.status,
    Document.is_framework,
    Document.blob_sha,
    Document.commit_sha,
    Document.updated_at,
    Document.last_commit_sha,
    Document.last_commit_at,
    Document.last_commit_author,
    Document.last_commit_subject,
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A document's file: `data` are the bytes of the git blob."""

    path: str
    blob_sha: str
    data: bytes


@dataclass(frozen=True, slots=True)
class StoredAsset:
    """An image: `data` are the bytes of the git blob."""

    path: str
    blob_sha: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Version:
    """A document as a sync found it; `id` orders the versions of a document, the current one has the highest."""

    id: int
    document_id: int
    commit_sha: str
    blob_sha: str
    path: str
    title: str
    size_bytes: int
    synced_at: datetime
    last_commit: CommitFacts | None

    @property
    def is_current(self) -> bool:
        return self.id == _CURRENT


@dataclass(frozen=True, slots=True)
class ProjectCount:
    """How much a project holds."""

    project_id: int
    documents: int
    chunks: int


class DocumentRepository:
    """Reads documents on behalf of one identity; what it may not see doesn't exist here."""

    def __init__(self, session: AsyncSession, identity: Identity) -> None:
        self._session = session
        self._identity = identity

    async def list_sources(self, project_id: int) -> Sequence[Source]:
        """The project's living sources by name."""
        visible = self._identity.visible(Source.project_id)
        living = select(Source).where(Source.project_id == project_id, Source.is_deleted.is_(False), visible)
        return (await self._session.scalars(living.order_by(Source.name, Source.id))).all()

    async def list_tree_files(self, project_id: int) -> Sequence[Document]:
        """All of the project's documents in path order, with the columns that a tree shows."""
        columns = (Document.source_id, Document.path, Document.file_type, Document.size_bytes, Document.kind)
        query = self._documents(project_id).options(load_only(*columns, Document.status), raiseload("*"))
        return (await self._session.scalars(query.order_by(Document.source_id, Document.path))).all()

    async def list_documents(
        self,
        project_id: int,
        *,
        path: str | None = None,
        kinds: Collection[Kind] | None = None,
        source_id: int | None = None,
        order: DocumentOrder = "path",
        after: tuple[str | datetime, int] | None = None,
        limit: int | None = None,
    ) -> Sequence[Document]:
        """Documents whose path begins with `path`, in path order or by what changed last.

        They follow the position `after`: (path, id) or (updated_at, id).
        """
        query = self._documents(project_id).options(load_only(*_SUMMARY, raiseload=True))
        if path:
            query = query.where(Document.path.startswith(path, autoescape=True))
        if kinds:
            query = query.where(Document.kind.in_(kinds))
        if source_id is not None:
            query = query.where(Document.source_id == source_id)
        query = _by_path(query, after) if order == "path" else _by_update(query, after)
        return (await self._session.scalars(query.limit(limit))).all()

    def _documents(self, project_id: int) -> Select[Document]:
        return select(Document).where(Document.project_id == project_id, self._is_visible(Document))

    def _is_visible(self, table: type[Document] | type[Chunk]) -> ColumnElement[bool]:
        """The documents of a deleted source are gone, though it may take the worker a while to remove them."""
        buried = exists().where(Source.id == table.source_id, Source.is_deleted)
        return and_(self._identity.visible(table.project_id), ~buried)

    async def get_by_id(self, document_id: int) -> Document:
        """Raises DocumentNotFound."""
        query = select(Document).where(Document.id == document_id, self._is_visible(Document))
        document = await self._session.scalar(query)
        if document is None:
            raise DocumentNotFound(document_id)
        return document

    async def get_file(self, document_id: int) -> StoredFile:
        """The document as the file that it is. Raises DocumentNotFound, DocumentNotStored."""
        columns = (Document.path, Document.blob_sha, Document.size_bytes, Document.content, Document.raw)
        query = select(*columns).where(Document.id == document_id, self._is_visible(Document))
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise DocumentNotFound(document_id)
        data = row.content.encode() if row.raw is None else row.raw
        if len(data) != row.size_bytes:
            raise DocumentNotStored(row.path, row.size_bytes)
        return StoredFile(row.path, row.blob_sha, data)

    async def get_asset(self, document_id: int, path: str) -> StoredAsset:
        """An image of the document's source. Raises DocumentNotFound, AssetNotFound."""
        of_source = and_(Asset.source_id == Document.source_id, Asset.path == path)
        columns = (Asset.blob_sha, Asset.media_type, Asset.data, Asset.problem)
        query = select(*columns).select_from(Document).outerjoin(Asset, of_source)
        row = (await self._session.execute(query.where(Document.id == document_id, self._is_visible(Document)))).first()
        if row is None:
            raise DocumentNotFound(document_id)
        if row.data is None:
            raise AssetNotFound(path, row.problem)
        return StoredAsset(path, row.blob_sha, row.media_type, row.data)

    async def list_versions(
        self, document_id: int, *, before: int | None = None, limit: int | None = None
    ) -> list[Version]:
        """The document's versions from the newest, which is current, or from the one with the id `before`.

        Raises DocumentNotFound.
        """
        query = select(Document).where(Document.id == document_id, self._is_visible(Document))
        document = await self._session.scalar(query.options(load_only(*_SUMMARY, raiseload=True)))
        if document is None:
            raise DocumentNotFound(document_id)
        earlier = select(DocumentVersion).where(
            DocumentVersion.document_id == document_id, DocumentVersion.id < (_CURRENT if before is None else before)
        )
        rows = await self._session.scalars(earlier.order_by(DocumentVersion.id.desc()).limit(limit))
        current = [_version(_CURRENT, document_id, document, document.updated_at)] if before is None else []
        return [*current, *(_version(each.id, document_id, each, each.synced_at) for each in rows)][:limit]

    async def get_version_text(self, version: Version) -> str:
        """Raises DocumentNotStored, and VersionNotFound if a sync has just replaced or removed it."""
        table = Document if version.is_current else DocumentVersion
        row_id = version.document_id if version.is_current else version.id
        query = select(table.content, table.is_failed).where(table.id == row_id, table.blob_sha == version.blob_sha)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise VersionNotFound(version.document_id, version.commit_sha)
        if row.is_failed and not row.content and version.size_bytes:
            raise DocumentNotStored(version.path, version.size_bytes)
        return row.content

    async def list_links(self, document: Document) -> Sequence[Link]:
        query = select(Link).where(Link.document_id == document.id).order_by(Link.line, Link.id)
        return (await self._session.scalars(query)).all()

    async def list_known_places(self, source_id: int, places: Places) -> KnownPlaces:
        """Which of these places there are among the documents of one source (of a document that was found before)."""
        of_source = (Document.source_id == source_id, self._identity.visible(Document.project_id))
        documents = select(Document.path, Document.id).where(*of_source, _is_any_of(Document.path, places.paths))
        asked = func.unnest(literal(sorted(places.folders), ARRAY(Text)), type_=Text).column_valued("folder")
        below = and_(Document.path >= asked + "/", Document.path < asked + _AFTER_SLASH)
        folders = select(asked).where(exists().where(*of_source, below))
        unique = select(DOCUMENT_NAME, func.min(Document.id)).where(*of_source, _is_any_of(DOCUMENT_NAME, places.names))
        unique = unique.group_by(DOCUMENT_NAME).having(func.count() == 1)
        return KnownPlaces(
            documents=await self._ids(documents),
            folders=set(await self._session.scalars(folders)),
            names=await self._ids(unique),
        )

    async def list_elsewhere(self, document: Document, paths: Collection[str]) -> dict[str, int]:
        """The documents at these paths, by path, in the project's other sources of the same repository and branch."""
        own, other = aliased(Source), aliased(Source)
        is_twin = and_(
            other.id != own.id, other.repo_url == own.repo_url, other.branch.is_not_distinct_from(own.branch)
        )
        query = (
            select(Document.path, Document.id)
            .join(other, other.id == Document.source_id)
            .join(own, and_(own.id == document.source_id, is_twin))
            .where(Document.project_id == document.project_id, self._is_visible(Document))
            .where(_is_any_of(Document.path, paths))
            .order_by(Document.source_id.desc())  # of several with a path the oldest source's is taken last, and stays
        )
        return await self._ids(query)

    async def _ids(self, query: Select[str, int]) -> dict[str, int]:
        return dict((await self._session.execute(query)).all())

    async def get_docs_path(self, source_id: int) -> str:
        """The folder that a source is limited to; "" for the whole repository."""
        return await self._session.scalar(select(Source.docs_path).where(Source.id == source_id)) or ""

    async def list_anchors(self, document_ids: Collection[int]) -> dict[int, list[str]]:
        """The heading anchors of documents, by document id."""
        query = select(Document.id, Document.toc).where(Document.id.in_(document_ids), self._is_visible(Document))
        rows = await self._session.execute(query)
        return {document_id: [str(entry["anchor"]) for entry in toc] for document_id, toc in rows}

    async def count_by_project(self) -> list[ProjectCount]:
        """What the projects hold that the identity may see, by id; one without documents isn't among them."""
        documents, chunks = self._counts(Document), self._counts(Chunk)
        query = (
            select(documents.c.project_id, documents.c.count, func.coalesce(chunks.c.count, 0))
            .outerjoin_from(documents, chunks, documents.c.project_id == chunks.c.project_id)
            .order_by(documents.c.project_id)
        )
        return [ProjectCount(*row) for row in await self._session.execute(query)]

    def _counts(self, table: type[Document] | type[Chunk]) -> Subquery:
        rows = select(table.project_id, func.count().label("count")).where(self._is_visible(table))
        return rows.group_by(table.project_id).subquery()


def _version(version_id: int, document_id: int, row: Document | DocumentVersion, synced_at: datetime) -> Version:
    return Version(
        id=version_id,
        document_id=document_id,
        commit_sha=row.commit_sha,
        blob_sha=row.blob_sha,
        path=row.path,
        title=row.title,
        size_bytes=row.size_bytes,
        synced_at=synced_at,
        last_commit=row.last_commit,
    )


def _by_path(query: Select[Document], after: tuple[str | datetime, int] | None) -> Select[Document]:
    if after is not None:
        query = query.where(tuple_(Document.path, Document.id) > after)
    return query.order_by(Document.path, Document.id)


def _by_update(query: Select[Document], after: tuple[str | datetime, int] | None) -> Select[Document]:
    if after is not None:
        query = query.where(tuple_(Document.updated_at, Document.id) < after)
    return query.order_by(Document.updated_at.desc(), Document.id.desc())


def _is_any_of(column: SQLColumnExpression[str], values: Collection[str]) -> ColumnElement[bool]:
    # One parameter, however many values: a statement has 32,767 at most.
    return column == any_(literal(sorted(values), ARRAY(Text)))


def _get_repository(session: SessionDep, identity: IdentityDep) -> DocumentRepository:
    return DocumentRepository(session, identity)


Documents = Annotated[DocumentRepository, Depends(_get_repository)]
