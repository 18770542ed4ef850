"""The chat service's tables."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    ScalarSelect,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship

from common.database import service_metadata
from common.events import messaging_tables

SCHEMA = "chat"
Role = Literal["user", "assistant"]
MessageStatus = Literal["streaming", "complete", "stopped", "failed"]
Rating = Literal["up", "down"]


class Model(DeclarativeBase):
    metadata = service_metadata(SCHEMA)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain class attribute
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        bool: Boolean,
        int: BigInteger,
        str: Text,
        Role: Text,
        MessageStatus: Text,
        Rating: Text,
    }


messaging_tables(Model.metadata)


class LLMProvider(Model):
    """What writes answers; the built-in extractive one is put here by the first migration."""

    __tablename__ = "llm_provider"
    __table_args__ = (
        UniqueConstraint("name"),
        Index("uq_llm_provider_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    model: Mapped[str]
    base_url: Mapped[str | None]
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Citation(Model):
    """A numbered quote of an answer and where its words stood."""

    __tablename__ = "citation"
    __table_args__ = (Index("ix_citation_document", "document_id"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(Integer, primary_key=True)
    document_id: Mapped[int]
    source_id: Mapped[int]
    path: Mapped[str]
    heading_path: Mapped[list[str]]
    anchor: Mapped[str | None]
    line_start: Mapped[int] = mapped_column(Integer)
    line_end: Mapped[int] = mapped_column(Integer)
    commit_sha: Mapped[str]
    blob_sha: Mapped[str]  # the same blob is the same text, whatever the commit
    quote: Mapped[str]
    read_at: Mapped[datetime]  # when the document was read, to tell older events from newer ones
    is_current: Mapped[bool]


class Message(Model):
    """A question or an answer. An answer is `streaming` while a process holds its lease, then ends exactly once."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_conversation", "conversation_id", "id"),
        Index("uq_message_turn", "conversation_id", unique=True, postgresql_where=text("status = 'streaming'")),
        CheckConstraint("status IN ('streaming', 'complete', 'stopped', 'failed')", name="status"),
        CheckConstraint("(status = 'streaming') = (lease_until IS NOT NULL)", name="lease"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    role: Mapped[Role]
    content: Mapped[str]
    status: Mapped[MessageStatus]
    answered: Mapped[bool] = mapped_column(server_default=text("false"))
    model: Mapped[str | None]
    input_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    output_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    sources: Mapped[list[Citation]] = relationship(order_by=Citation.n, lazy="raise", passive_deletes=True)


def _count_messages(conversation_id: ColumnElement[int]) -> ScalarSelect[int]:
    query = select(func.count()).where(Message.conversation_id == conversation_id)
    return query.correlate_except(Message).scalar_subquery()


class Conversation(Model):
    """A user's questions about one project and their answers; nobody else sees them."""

    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_owner", "user_id", "project_id", "updated_at", "id"),
        Index("ix_conversation_project", "project_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    project_id: Mapped[int]
    user_id: Mapped[str]
    title: Mapped[str | None]
    llm_provider_id: Mapped[int | None] = mapped_column(ForeignKey("llm_provider.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    message_count: Mapped[int] = column_property(_count_messages(id.column))  # noqa: A003 - the column above is meant

    messages: Mapped[list[Message]] = relationship(order_by=Message.id, lazy="raise", passive_deletes=True)


class Feedback(Model):
    """What the user thought of an answer."""

    __tablename__ = "feedback"
    __table_args__ = (CheckConstraint("rating IN ('up', 'down')", name="rating"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    rating: Mapped[Rating]
    comment: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DocumentVersion(Model):
    """The newest event applied for a document; also the lock between events and citations being stored."""

    __tablename__ = "document_version"

    document_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(server_default=text("0"))
    happened_at: Mapped[datetime | None]
    path: Mapped[str | None]
    blob_sha: Mapped[str | None]  # null once the document is removed
    changed_anchors: Mapped[list[str] | None]  # "" is the preamble; null means all


class DeletedProject(Model):
    """A project that is gone: no conversation about it can begin, whatever the documents service still knows."""

    __tablename__ = "deleted_project"

    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
