"""The life of one turn in the database: begun once, ended once, swept up if its process died."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from chat.errors import AnswerInterrupted, TurnInProgress
from chat.evidence import CheckedCitation
from chat.models import Citation, DocumentVersion, Message
from chat.staleness import still_current
from common.problems import Problem


class TurnRepository:
    """Messages as a turn writes them. Ending is conditional on `streaming`, so that only one end can win."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def begin(self, conversation_id: int, question: str, model: str, lease_seconds: float) -> tuple[int, int]:
        """Store the question and its empty answer; returns both ids. Raises TurnInProgress."""
        await self.fail_abandoned(conversation_id)
        asked = Message(conversation_id=conversation_id, role="user", content=question, status="complete")
        self._session.add(asked)
        await self._session.flush()
        answer = Message(
            conversation_id=conversation_id,
            role="assistant",
            content="",
            status="streaming",
            model=model,
            lease_until=func.now() + timedelta(seconds=lease_seconds),
        )
        self._session.add(answer)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise TurnInProgress(conversation_id) from error
        return asked.id, answer.id

    async def earlier_question(self, conversation_id: int, message_id: int) -> str | None:
        """The question asked before this one."""
        query = (
            select(Message.content)
            .where(Message.conversation_id == conversation_id, Message.role == "user", Message.id < message_id)
            .order_by(Message.id.desc())
            .limit(1)
        )
        return await self._session.scalar(query)

    async def read(self, message_id: int) -> Message | None:
        """A message of a turn of ours, with its citations."""
        query = select(Message).where(Message.id == message_id).options(selectinload(Message.sources))
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def complete(self, message_id: int, content: str, *, answered: bool) -> bool:
        """False when the turn has ended otherwise, or its conversation is gone."""
        return await self._end(message_id, status="complete", content=content, answered=answered)

    async def stop(self, message_id: int) -> bool:
        """False when the turn has ended otherwise."""
        return await self._end(message_id, status="stopped")

    async def fail(self, message_id: int, problem: Problem) -> bool:
        """False when the turn has ended otherwise."""
        return await self._end(message_id, status="failed", error_code=problem.error_code, error_detail=problem.detail)

    async def fail_abandoned(self, conversation_id: int | None = None) -> int:
        """End the turns whose lease ran out: their process is dead. Returns how many."""
        problem = AnswerInterrupted()
        statement = update(Message).where(Message.status == "streaming", Message.lease_until < func.now())
        if conversation_id is not None:
            statement = statement.where(Message.conversation_id == conversation_id)
        statement = statement.values(
            status="failed", lease_until=None, error_code=problem.error_code, error_detail=problem.detail
        )
        return len((await self._session.scalars(statement.returning(Message.id))).all())

    async def store_citations(
        self, message_id: int, citations: Sequence[CheckedCitation], read_at: datetime
    ) -> list[Citation]:
        """Store the citations; one whose section has changed since it was read is stored as not current."""
        rows: list[Citation] = []
        versions = await lock_versions(self._session, [citation.document.id for citation in citations])
        for citation in citations:
            row = _row(message_id, citation, read_at)
            version = versions[row.document_id]
            row.is_current = still_current(row, version) is not False
            if version.happened_at and version.happened_at >= read_at:
                row.path = version.path or row.path
            rows.append(row)
        self._session.add_all(rows)
        await self._session.flush()
        return rows

    async def _end(self, message_id: int, **values: Any) -> bool:
        statement = (
            update(Message)
            .where(Message.id == message_id, Message.status == "streaming")
            .values(lease_until=None, **values)
            .returning(Message.id)
        )
        return await self._session.scalar(statement) is not None


async def lock_versions(session: AsyncSession, document_ids: Sequence[int]) -> dict[int, DocumentVersion]:
    """The newest known versions, locked until the transaction ends: events and new citations take turns."""
    wanted = sorted(set(document_ids))
    if not wanted:
        return {}
    rows = [{"document_id": document_id} for document_id in wanted]
    await session.execute(insert(DocumentVersion).values(rows).on_conflict_do_nothing())
    query = (
        select(DocumentVersion)
        .where(DocumentVersion.document_id.in_(wanted))
        .order_by(DocumentVersion.document_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {version.document_id: version for version in await session.scalars(query)}


def _row(message_id: int, citation: CheckedCitation, read_at: datetime) -> Citation:
    passage, document = citation.passage, citation.document
    return Citation(
        message_id=message_id,
        n=citation.n,
        document_id=document.id,
        source_id=document.source_id,
        path=document.path,
        heading_path=list(citation.heading_path),
        anchor=citation.anchor,
        line_start=passage.line_start,
        line_end=passage.line_end,
        commit_sha=document.commit_sha,
        blob_sha=document.blob_sha,
        quote=passage.quote,
        read_at=read_at,
        is_current=True,
    )
