"""The chat routes."""

from datetime import datetime
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Query, Request, Response, status
from fastapi.responses import StreamingResponse

from chat.answering import Answering
from chat.documents_client import DocumentsClient
from chat.errors import (
    AnswerFailed,
    AnswerInterrupted,
    AnswerTimedOut,
    ConversationNotFound,
    DocumentsUnavailable,
    LLMProviderNotFound,
    MessageNotAnAnswer,
    MessageNotFound,
    ProjectNotFound,
    TurnInProgress,
)
from chat.export import as_markdown
from chat.models import Conversation, Feedback
from chat.repository import Conversations
from chat.schemas import (
    ChatStatistics,
    ConversationCreate,
    ConversationResponse,
    ConversationUpdate,
    ConversationWithMessages,
    FeedbackCreate,
    FeedbackResponse,
    LLMProviderResponse,
    MessageCreate,
    MessageResponse,
    TurnResponse,
)
from chat.service import create_conversation, get_answer, rate_answer, require_project, update_conversation
from chat.stream import HEADERS, MEDIA_TYPE, event_stream, wants_stream
from common.fields import Cursor, Limit, PathId
from common.identity import HEADER, IdentityDep, get_identity
from common.pages import Page, as_micros, decode_cursor, encode_cursor, from_micros
from common.problems import CursorInvalid, Problem, problems

router = APIRouter(prefix="/api", tags=["chat"], dependencies=[Depends(get_identity)])

_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "With `Accept: text/event-stream`: `message.started`, `retrieval`, `token` …, `citation` …, "
        "then `message.completed` or `message.failed`.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}
_MARKDOWN: dict[int | str, dict[str, Any]] = {200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}}


def _token(request: Request) -> str:
    """The caller's identity token, which goes along to documents as it came."""
    return request.headers.get(HEADER, "")


def _answering(request: Request) -> Answering:
    return request.app.state.answering


def _documents(request: Request) -> DocumentsClient:
    return request.app.state.documents


TokenDep = Annotated[str, Depends(_token)]
AnsweringDep = Annotated[Answering, Depends(_answering)]
DocumentsDep = Annotated[DocumentsClient, Depends(_documents)]


@router.get("/llm-providers")
async def list_llm_providers(conversations: Conversations) -> Page[LLMProviderResponse]:
    """What can write answers. The built-in `extractive` provider quotes the best passages and needs no model."""
    return Page(items=[LLMProviderResponse.model_validate(row) for row in await conversations.list_providers()])


@router.post(
    "/projects/{project_id}/conversations",
    status_code=status.HTTP_201_CREATED,
    response_model=ConversationResponse,
    responses=problems(ProjectNotFound, LLMProviderNotFound, DocumentsUnavailable),
)
async def create(
    *,
    project_id: PathId,
    payload: ConversationCreate,
    response: Response,
    identity: IdentityDep,
    token: TokenDep,
    documents: DocumentsDep,
    conversations: Conversations,
) -> Conversation:
    """Begin a conversation about a project's documents. Only its user sees it."""
    made = await create_conversation(
        conversations, documents, identity=identity, token=token, project_id=project_id, payload=payload
    )
    response.headers["Location"] = f"/api/conversations/{made.id}"
    return made


@router.get(
    "/projects/{project_id}/conversations", responses=problems(ProjectNotFound, CursorInvalid, DocumentsUnavailable)
)
async def list_conversations(
    *,
    project_id: PathId,
    identity: IdentityDep,
    token: TokenDep,
    documents: DocumentsDep,
    conversations: Conversations,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ConversationResponse]:
    """One's own conversations about a project, the most recently used first."""
    before = _position(cursor)
    await require_project(documents, identity=identity, token=token, project_id=project_id)
    found = await conversations.list_all(identity, project_id, before=before, limit=limit + 1)
    items = [ConversationResponse.model_validate(row) for row in found[:limit]]
    return Page(items=items, next_cursor=_cursor(found[limit - 1]) if len(found) > limit else None)


@router.get("/conversations/{conversation_id}", responses=problems(ConversationNotFound))
async def get(conversation_id: PathId, identity: IdentityDep, conversations: Conversations) -> ConversationWithMessages:
    """A conversation with all its messages."""
    return ConversationWithMessages.model_validate(await conversations.get_with_messages(identity, conversation_id))


@router.patch(
    "/conversations/{conversation_id}",
    response_model=ConversationResponse,
    responses=problems(ConversationNotFound, LLMProviderNotFound),
)
async def update(
    conversation_id: PathId, payload: ConversationUpdate, identity: IdentityDep, conversations: Conversations
) -> Conversation:
    """Rename a conversation, or choose what writes its answers."""
    return await update_conversation(conversations, identity, conversation_id, payload)


@router.delete(
    "/conversations/{conversation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(ConversationNotFound),
)
async def delete(conversation_id: PathId, identity: IdentityDep, conversations: Conversations) -> None:
    """Delete a conversation with its messages."""
    await conversations.delete(identity, conversation_id)


@router.get(
    "/conversations/{conversation_id}/export",
    response_class=Response,
    responses={**problems(ConversationNotFound), **_MARKDOWN},
)
async def export(
    conversation_id: PathId,
    identity: IdentityDep,
    conversations: Conversations,
    file_format: Annotated[Literal["md"], Query(alias="format")] = "md",
) -> Response:
    """The conversation as a Markdown file."""
    text = as_markdown(await conversations.get_with_messages(identity, conversation_id))
    name = f"conversation-{conversation_id}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type="text/markdown", headers=headers)


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=status.HTTP_201_CREATED,
    response_model=TurnResponse,
    responses={
        **problems(
            ConversationNotFound,
            ProjectNotFound,
            TurnInProgress,
            AnswerFailed,
            DocumentsUnavailable,
            AnswerInterrupted,
            AnswerTimedOut,
        ),
        **_EVENTS,
    },
)
async def ask(
    *,
    conversation_id: PathId,
    payload: MessageCreate,
    request: Request,
    identity: IdentityDep,
    token: TokenDep,
    answering: AnsweringDep,
) -> TurnResponse | Response:
    """Ask a question. The answer quotes the documents; each `[n]` in it is a citation that was checked against them.

    With `Accept: text/event-stream` the answer is streamed. It is completed and stored even if nobody listens on.
    """
    turn = await answering.begin(identity, conversation_id, payload.content, token)
    if wants_stream(request):
        return StreamingResponse(event_stream(turn, request.url.path), media_type=MEDIA_TYPE, headers=HEADERS)
    outcome = await turn.end()
    if isinstance(outcome, Problem):
        raise outcome
    return TurnResponse(user_message=turn.user_message, assistant_message=outcome)


@router.post("/messages/{message_id}/stop", responses=problems(MessageNotFound, MessageNotAnAnswer))
async def stop(
    message_id: PathId, identity: IdentityDep, conversations: Conversations, answering: AnsweringDep
) -> MessageResponse:
    """Stop an answer that is being written; one that has ended stays as it is."""
    await get_answer(conversations, identity, message_id)
    await answering.stop(message_id)
    return MessageResponse.model_validate(await conversations.get_message(identity, message_id))


@router.post(
    "/messages/{message_id}/feedback",
    response_model=FeedbackResponse,
    responses=problems(MessageNotFound, MessageNotAnAnswer),
)
async def give_feedback(
    message_id: PathId, payload: FeedbackCreate, identity: IdentityDep, conversations: Conversations
) -> Feedback:
    """Rate an answer; a second rating replaces the first."""
    return await rate_answer(conversations, identity, message_id, payload)


@router.get("/stats/chat")
async def get_statistics(identity: IdentityDep, conversations: Conversations) -> ChatStatistics:
    """Figures for the dashboard of the user who asks."""
    return ChatStatistics(conversations=await conversations.count(identity))


def _cursor(last: Conversation) -> str:
    return encode_cursor(as_micros(last.updated_at), last.id)


def _position(cursor: str | None) -> tuple[datetime, int] | None:
    key = decode_cursor(cursor, int, int)
    if key is None:
        return None
    micros, last_id = cast("list[int]", key)
    return from_micros(micros), last_id
