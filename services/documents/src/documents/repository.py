"""What the document routes read. Everything is limited to the projects that the asking identity may see."""

from collections.abc import Collection, Sequence
from typing import Annotated

from fastapi import Depends
from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only, raiseload

from common.database import SessionDep
from common.identity import Identity, IdentityDep
from documents.errors import DocumentNotFound
from documents.models import Chunk, Document, Link, Source
from documents.schemas import Kind

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
)


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
        after: tuple[str, int] | None = None,
        limit: int | None = None,
    ) -> Sequence[Document]:
        """Documents in path order whose path begins with `path`, behind the position (path, id) `after`."""
        query = self._documents(project_id).options(load_only(*_SUMMARY, raiseload=True))
        if path:
            query = query.where(Document.path.startswith(path, autoescape=True))
        if kinds:
            query = query.where(Document.kind.in_(kinds))
        if source_id is not None:
            query = query.where(Document.source_id == source_id)
        if after is not None:
            query = query.where(tuple_(Document.path, Document.id) > after)
        return (await self._session.scalars(query.order_by(Document.path, Document.id).limit(limit))).all()

    def _documents(self, project_id: int) -> Select[Document]:
        visible = self._identity.visible(Document.project_id)
        return select(Document).where(Document.project_id == project_id, visible)

    async def get_by_id(self, document_id: int) -> Document:
        """Raises DocumentNotFound."""
        query = select(Document).where(Document.id == document_id, self._identity.visible(Document.project_id))
        document = await self._session.scalar(query)
        if document is None:
            raise DocumentNotFound(document_id)
        return document

    async def get_text(self, document_id: int) -> Row[str, str, str]:
        """(path, blob_sha, content) of a document. Raises DocumentNotFound."""
        query = select(Document.path, Document.blob_sha, Document.content)
        visible = self._identity.visible(Document.project_id)
        row = (await self._session.execute(query.where(Document.id == document_id, visible))).one_or_none()
        if row is None:
            raise DocumentNotFound(document_id)
        return row

    async def list_links(self, document: Document) -> Sequence[Link]:
        query = select(Link).where(Link.document_id == document.id).order_by(Link.line, Link.id)
        return (await self._session.scalars(query)).all()

    async def list_paths(self, source_id: int) -> dict[str, int]:
        """Document ids by path, of one source (of a document that was found before)."""
        query = select(Document.path, Document.id).where(
            Document.source_id == source_id, self._identity.visible(Document.project_id)
        )
        return {row.path: row.id for row in await self._session.execute(query)}

    async def get_docs_path(self, source_id: int) -> str:
        """The folder that a source is limited to; "" for the whole repository."""
        return await self._session.scalar(select(Source.docs_path).where(Source.id == source_id)) or ""

    async def list_anchors(self, document_ids: Collection[int]) -> dict[int, list[str]]:
        """The heading anchors of documents, by document id."""
        query = select(Document.id, Document.toc).where(
            Document.id.in_(document_ids), self._identity.visible(Document.project_id)
        )
        rows = await self._session.execute(query)
        return {document_id: [str(entry["anchor"]) for entry in toc] for document_id, toc in rows}

    async def count(self) -> tuple[int, int]:
        """How many documents and chunks the identity may see."""
        documents = select(func.count()).select_from(Document).where(self._identity.visible(Document.project_id))
        chunks = select(func.count()).select_from(Chunk).where(self._identity.visible(Chunk.project_id))
        query = select(documents.scalar_subquery(), chunks.scalar_subquery())
        documents_count, chunks_count = (await self._session.execute(query)).one()
        return documents_count, chunks_count


def _get_repository(session: SessionDep, identity: IdentityDep) -> DocumentRepository:
    return DocumentRepository(session, identity)


Documents = Annotated[DocumentRepository, Depends(_get_repository)]
