"""What is stored of conversations. Every method for a user takes the identity and finds only what that user may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import ColumnElement, and_, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from chat.errors import ConversationNotFound, LLMProviderNotFound, MessageNotFound, ProjectNotFound
from chat.models import Conversation, DeletedProject, Feedback, LLMProvider, Message, Rating
from common.database import SessionDep
from common.identity import Identity


class ConversationRepository:
    """Conversations and what hangs on them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get_by_id(self, identity: Identity, conversation_id: int, *, lock: bool = False) -> Conversation:
        """One conversation, without its messages. Raises ConversationNotFound."""
        query = select(Conversation).where(Conversation.id == conversation_id, _owned(identity))
        found = await self._session.scalar(query.with_for_update(of=Conversation) if lock else query)
        if found is None:
            raise ConversationNotFound(conversation_id)
        return found

    async def get_with_messages(self, identity: Identity, conversation_id: int) -> Conversation:
        """One conversation with its messages and their citations. Raises ConversationNotFound."""
        query = (
            select(Conversation)
            .where(Conversation.id == conversation_id, _owned(identity))
            .options(selectinload(Conversation.messages).selectinload(Message.sources))
        )
        found = await self._session.scalar(query)
        if found is None:
            raise ConversationNotFound(conversation_id)
        return found

    async def list_all(
        self, identity: Identity, project_id: int, *, before: tuple[datetime, int] | None, limit: int
    ) -> Sequence[Conversation]:
        """The user's conversations about one project, the most recently used first."""
        query = select(Conversation).where(Conversation.project_id == project_id, _owned(identity))
        position = tuple_(Conversation.updated_at, Conversation.id)
        if before is not None:
            query = query.where(position < before)
        query = query.order_by(Conversation.updated_at.desc(), Conversation.id.desc()).limit(limit)
        return (await self._session.scalars(query)).all()

    async def create(
        self, identity: Identity, project_id: int, title: str | None, llm_provider_id: int | None
    ) -> Conversation:
        """Raises ProjectNotFound for a project whose deletion is known, LLMProviderNotFound."""
        await lock_project(self._session, project_id)
        if await self._session.get(DeletedProject, project_id):
            raise ProjectNotFound(project_id)
        if llm_provider_id is not None:
            await self.require_provider(llm_provider_id)
        made = Conversation(
            project_id=project_id, user_id=identity.user_id, title=title, llm_provider_id=llm_provider_id
        )
        self._session.add(made)
        await self._session.flush()
        await self._session.refresh(made)
        return made

    async def delete(self, identity: Identity, conversation_id: int) -> None:
        """With everything that hangs on it. Raises ConversationNotFound."""
        done = await self._session.execute(
            delete(Conversation).where(Conversation.id == conversation_id, _owned(identity)).returning(Conversation.id)
        )
        if done.scalar() is None:
            raise ConversationNotFound(conversation_id)

    async def count(self, identity: Identity) -> int:
        query = select(func.count()).select_from(Conversation).where(_owned(identity))
        return (await self._session.scalar(query)) or 0

    async def get_message(self, identity: Identity, message_id: int) -> Message:
        """One message with its citations. Raises MessageNotFound."""
        query = (
            select(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.id == message_id, _owned(identity))
            .options(selectinload(Message.sources))
            .execution_options(populate_existing=True)
        )
        found = await self._session.scalar(query)
        if found is None:
            raise MessageNotFound(message_id)
        return found

    async def rate(self, message_id: int, rating: Rating, comment: str | None) -> Feedback:
        """Store what the user thinks of an answer, in place of what they thought before."""
        fields: dict[str, Any] = {"rating": rating, "comment": comment, "created_at": func.now()}
        statement = insert(Feedback).values(message_id=message_id, **fields)
        statement = statement.on_conflict_do_update(index_elements=["message_id"], set_=fields)
        return (await self._session.scalars(statement.returning(Feedback))).one()

    async def list_providers(self) -> Sequence[LLMProvider]:
        return (await self._session.scalars(select(LLMProvider).order_by(LLMProvider.id))).all()

    async def require_provider(self, provider_id: int) -> None:
        """Raises LLMProviderNotFound."""
        if await self._session.get(LLMProvider, provider_id) is None:
            raise LLMProviderNotFound(provider_id)

    async def touch(self, conversation: Conversation) -> None:
        """Mark as used now and read what the database made of it."""
        await self._session.execute(
            update(Conversation).where(Conversation.id == conversation.id).values(updated_at=func.clock_timestamp())
        )
        await self._session.flush()
        await self._session.refresh(conversation)


async def lock_project(session: AsyncSession, project_id: int) -> None:
    """Keep creating a conversation and deleting its project apart until the transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('chat.project/' || :id, 0))"), {"id": str(project_id)}
    )


def _owned(identity: Identity) -> ColumnElement[bool]:
    return and_(Conversation.user_id == identity.user_id, identity.visible(Conversation.project_id))


def get_conversations(session: SessionDep) -> ConversationRepository:
    return ConversationRepository(session)


Conversations = Annotated[ConversationRepository, Depends(get_conversations)]
