"""The documents service's tables."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common.database import service_metadata
from common.events import messaging_tables

SCHEMA = "documents"
_NAME = "substring(path, '[^/]*$')"  # the file's name within the path


class Model(DeclarativeBase):
    metadata = service_metadata(SCHEMA)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain class attribute
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(Text),
        int: BigInteger,
        str: Text,
        uuid.UUID: Uuid,
    }


messaging_tables(Model.metadata)


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """A commit in short; no `committed_at` where its date is none that we can write."""

    sha: str
    committed_at: datetime | None
    author: str
    subject: str


class WithLastCommit:
    """Columns of the last commit that touched a file, where the history at hand reaches back to it."""

    last_commit_sha: Mapped[str | None]
    last_commit_at: Mapped[datetime | None]
    last_commit_author: Mapped[str | None]
    last_commit_subject: Mapped[str | None]

    @property
    def last_commit(self) -> CommitFacts | None:
        if self.last_commit_sha is None:
            return None
        author, subject = self.last_commit_author or "", self.last_commit_subject or ""
        return CommitFacts(self.last_commit_sha, self.last_commit_at, author, subject)


def _plain_words(source: str) -> Computed:
    """A column that suggestions compare: see the function `plain_words` in the migrations."""
    return Computed(f"{SCHEMA}.plain_words({source})", persisted=True)


class Source(Model):
    """Our copy of a source: what projects' events say, and what was last indexed of it."""

    __tablename__ = "source"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(index=True)
    name: Mapped[str]
    repo_url: Mapped[str]
    branch: Mapped[str | None]
    docs_path: Mapped[str | None]
    sequence: Mapped[int]  # of the newest event applied; an older one has no effect
    is_deleted: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    has_credential: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    commit_sha: Mapped[str | None]  # of the last sync that succeeded
    synced_at: Mapped[datetime | None]
    history_sha: Mapped[str | None]  # up to which the documents' last commits are known
    models: Mapped[list[str]] = mapped_column(server_default=text("'{}'::text[]"))  # that its vectors are of
    # What the remote's branch was when it was last asked, and why it could not be.
    remote_commit_sha: Mapped[str | None]
    remote_checked_at: Mapped[datetime | None]
    remote_error_code: Mapped[str | None]
    remote_error_detail: Mapped[str | None]
    check_requested_at: Mapped[datetime | None]
    check_lease_until: Mapped[datetime | None]  # a worker is asking it


class SyncJob(Model):
    """A durable sync: claimed with a lease, fenced, resumed from what is already stored."""

    __tablename__ = "sync_job"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"),
        Index("uq_sync_job_running", "source_id", unique=True, postgresql_where=text("state = 'running'")),
        Index("ix_sync_job_open", "state", "requested_at", postgresql_where=text("state IN ('queued', 'running')")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)  # the sync run's id, given by projects
    project_id: Mapped[int]
    source_id: Mapped[int] = mapped_column(index=True)
    state: Mapped[str]  # queued | running | succeeded | failed | cancelled
    kind: Mapped[str] = mapped_column(server_default=text("'sync'"))  # sync | reindex
    holder: Mapped[int | None]  # the worker that runs it, by the advisory lock that it holds while it lives
    is_wanted_again: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    attempt: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    fence: Mapped[int] = mapped_column(server_default=text("0"))
    lease_until: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    progress: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]


class Document(WithLastCommit, Model):
    """A file of a source at its last synced commit, with everything derived from it."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("source_id", "path"),
        Index("ix_document_project", "project_id", "path"),
        Index("ix_document_name", "source_id", text(_NAME)),
        Index("ix_document_artifact", "artifact_id", "project_id", postgresql_where=text("artifact_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    project_id: Mapped[int]
    source_id: Mapped[int]
    path: Mapped[str] = mapped_column(Text(collation="C"))  # by code points, so that a folder is one range
    title: Mapped[str]
    file_type: Mapped[str]
    size_bytes: Mapped[int]
    kind: Mapped[str]
    artifact_id: Mapped[str | None]
    status: Mapped[str | None]
    is_framework: Mapped[bool] = mapped_column(Boolean)
    is_failed: Mapped[bool] = mapped_column(Boolean)  # too large or unreadable: listed, but not indexed
    blob_sha: Mapped[str]
    commit_sha: Mapped[str]
    parser_version: Mapped[int] = mapped_column(Integer)
    front_matter: Mapped[dict[str, Any] | None]
    content: Mapped[str]
    # The file's bytes where they aren't `content` in UTF-8: other line ends, another encoding, a byte order mark.
    raw: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    html: Mapped[str]
    toc: Mapped[list[dict[str, Any]]]
    warnings: Mapped[list[str]]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())  # of its content or path
    title_words: Mapped[str] = mapped_column(_plain_words("title"), deferred=True)
    suggest_words: Mapped[str] = mapped_column(
        _plain_words("title || ' ' || path || ' ' || coalesce(artifact_id, '')"), deferred=True
    )


DOCUMENT_NAME: ColumnElement[str] = literal_column(_NAME, Text)
"""The name of a document's file; read through an index."""


class DocumentVersion(WithLastCommit, Model):
    """A document as it was until a sync found another text or path: what the row `document` held then."""

    __tablename__ = "document_version"
    __table_args__ = (Index("ix_document_version_document", "document_id", "id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    path: Mapped[str]
    title: Mapped[str]
    size_bytes: Mapped[int]
    is_failed: Mapped[bool] = mapped_column(Boolean)
    blob_sha: Mapped[str]
    commit_sha: Mapped[str]
    content: Mapped[str] = mapped_column(deferred=True)
    synced_at: Mapped[datetime]  # when it became the document's state
    replaced_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Section(Model):
    """A heading's own body, up to the next heading."""

    __tablename__ = "section"
    __table_args__ = (
        UniqueConstraint("document_id", "position"),
        Index("ix_section_heading_words", text("to_tsvector('simple', heading_words)"), postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    level: Mapped[int] = mapped_column(Integer)
    heading: Mapped[str]
    anchor: Mapped[str | None]
    heading_path: Mapped[list[str]]
    char_start: Mapped[int] = mapped_column(Integer)
    char_end: Mapped[int] = mapped_column(Integer)
    line_start: Mapped[int] = mapped_column(Integer)
    line_end: Mapped[int] = mapped_column(Integer)
    text_hash: Mapped[str]  # tells a citation whether its section has changed
    heading_words: Mapped[str] = mapped_column(_plain_words("heading"), deferred=True)


class Chunk(Model):
    """A passage that is searched: one section, or a part of a long one."""

    __tablename__ = "chunk"
    __table_args__ = (
        UniqueConstraint("document_id", "position"),
        Index("ix_chunk_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("ix_chunk_source", "source_id"),
        Index("ix_chunk_project", "project_id", "is_framework"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    project_id: Mapped[int]
    source_id: Mapped[int]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    section_position: Mapped[int] = mapped_column(Integer)
    heading_path: Mapped[list[str]]
    anchor: Mapped[str | None]
    char_start: Mapped[int] = mapped_column(Integer)
    char_end: Mapped[int] = mapped_column(Integer)
    line_start: Mapped[int] = mapped_column(Integer)
    line_end: Mapped[int] = mapped_column(Integer)
    text: Mapped[str]
    content_hash: Mapped[str]
    kind: Mapped[str]  # of the document, so that a filter needs no join
    is_framework: Mapped[bool] = mapped_column(Boolean)
    # Also markers that no text yields, "@p17 @s3 @kstory": an index scan can be limited to a project, source or kind.
    words: Mapped[str] = mapped_column(TSVECTOR)


class ChunkVector(Model):
    """A chunk's embedding, apart from its text: a wide row would push the vector out of line, four times slower.

    Large projects have an index of their own for each model; the worker makes it (`search.vector_index`).
    """

    __tablename__ = "chunk_vector"
    __table_args__ = (
        Index("ix_chunk_vector_project", "project_id", "model"),
        Index("ix_chunk_vector_content", "content_hash", "model"),
    )

    chunk_id: Mapped[int] = mapped_column(ForeignKey("chunk.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[int]
    model: Mapped[str]
    content_hash: Mapped[str]
    vector: Mapped[Any] = mapped_column(HALFVEC())


class ProjectStatistics(Model):
    """How much a project holds, as last counted; `chunks_counted` when its frequent words were."""

    __tablename__ = "project_statistics"

    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chunks: Mapped[int]
    chunks_counted: Mapped[int]


class FrequentWord(Model):
    """In how many of a project's chunks a word stands, for words in many of them; others are counted when asked for."""

    __tablename__ = "frequent_word"

    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lexeme: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    chunks: Mapped[int]


class StagedVector(Model):
    """An embedding made ahead by a re-index that is still running; it becomes a chunk's when that switches."""

    __tablename__ = "staged_vector"

    source_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    model: Mapped[str] = mapped_column(primary_key=True)
    content_hash: Mapped[str] = mapped_column(primary_key=True)
    vector: Mapped[Any] = mapped_column(HALFVEC())


class Link(Model):
    """A link as written in a document; where it leads is resolved when the document is read, so it is never stale."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_document", "document_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    href: Mapped[str]
    text: Mapped[str]
    line: Mapped[int] = mapped_column(Integer)


class Asset(Model):
    """An image of a source that its documents show, as it was at the last sync."""

    __tablename__ = "asset"
    __table_args__ = (
        UniqueConstraint("source_id", "path"),
        CheckConstraint("(data IS NULL) = (problem IS NOT NULL)", name="data"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    source_id: Mapped[int]
    path: Mapped[str]
    blob_sha: Mapped[str]
    size_bytes: Mapped[int]
    media_type: Mapped[str]
    data: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    problem: Mapped[str | None]  # a sentence that says why there is no data
