"""What is decided about conversations."""

from chat.documents_client import DocumentsClient
from chat.errors import MessageNotAnAnswer, ProjectNotFound
from chat.models import Conversation, Feedback, Message
from chat.repository import ConversationRepository
from chat.schemas import ConversationCreate, ConversationUpdate, FeedbackCreate
from common.identity import Identity


async def create_conversation(
    conversations: ConversationRepository,
    documents: DocumentsClient,
    *,
    identity: Identity,
    token: str,
    project_id: int,
    payload: ConversationCreate,
) -> Conversation:
    """Raises ProjectNotFound, LLMProviderNotFound, DocumentsUnavailable.

    The session must not have been used yet: a transaction begins with its first statement, after documents was asked.
    """
    await require_project(documents, identity=identity, token=token, project_id=project_id)
    return await conversations.create(identity, project_id, payload.title, payload.llm_provider_id)


async def require_project(documents: DocumentsClient, *, identity: Identity, token: str, project_id: int) -> None:
    """Raises ProjectNotFound, DocumentsUnavailable. Like creating, it must come before the session is used."""
    if not identity.may_see(project_id):
        raise ProjectNotFound(project_id)
    await documents.require_project(project_id, token)


async def update_conversation(
    conversations: ConversationRepository, identity: Identity, conversation_id: int, payload: ConversationUpdate
) -> Conversation:
    """Raises ConversationNotFound, LLMProviderNotFound."""
    conversation = await conversations.get_by_id(identity, conversation_id, lock=True)
    if payload.title is not None:
        conversation.title = payload.title
    if "llm_provider_id" in payload.model_fields_set:
        if payload.llm_provider_id is not None:
            await conversations.require_provider(payload.llm_provider_id)
        conversation.llm_provider_id = payload.llm_provider_id
    await conversations.touch(conversation)
    return conversation


async def get_answer(conversations: ConversationRepository, identity: Identity, message_id: int) -> Message:
    """An answer of a conversation of one's own. Raises MessageNotFound, MessageNotAnAnswer."""
    message = await conversations.get_message(identity, message_id)
    if message.role != "assistant":
        raise MessageNotAnAnswer(message_id)
    return message


async def rate_answer(
    conversations: ConversationRepository, identity: Identity, message_id: int, payload: FeedbackCreate
) -> Feedback:
    """Raises MessageNotFound, MessageNotAnAnswer."""
    await get_answer(conversations, identity, message_id)
    return await conversations.rate(message_id, payload.rating, payload.comment)
