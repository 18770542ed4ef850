"""What the chat routes take and answer."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chat.models import MessageStatus, Rating, Role
from common.fields import Name, PayloadId, Text, UtcDatetime

MAX_CONTENT = 8_000
MAX_TITLE = 255

Title = Annotated[Name, Field(min_length=1, max_length=MAX_TITLE)]


class LLMProviderResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    kind: Literal["extractive", "openai", "google", "anthropic", "ollama", "litellm", "openai_compatible"]
    model: str
    base_url: str | None
    has_api_key: bool = False
    settings: dict[str, Any]
    is_default: bool
    created_at: UtcDatetime


class ConversationCreate(BaseModel):
    title: Title | None = Field(default=None, description="Without one it is made from the first question.")
    llm_provider_id: PayloadId | None = Field(default=None, description="Null means the default provider.")


class ConversationUpdate(BaseModel):
    title: Title | None = Field(default=None, description="Null leaves it as it is.")
    llm_provider_id: PayloadId | None = Field(default=None, description="Null means the default provider.")


class ConversationResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    project_id: int
    title: str | None
    llm_provider_id: int | None
    created_at: UtcDatetime
    updated_at: UtcDatetime
    message_count: int


class CitationResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    n: int = Field(description="The `[n]` in the content.")
    document_id: int
    source_id: int
    path: str
    heading_path: list[str]
    anchor: str | None = Field(description="Null before the first heading.")
    line_start: int = Field(description="1-based.")
    line_end: int = Field(description="Inclusive.")
    commit_sha: str
    quote: str = Field(description="Stands verbatim in those lines at that commit.")
    is_current: bool = Field(description="False once the section has changed or is gone.")


class Usage(BaseModel):
    input_tokens: int
    output_tokens: int


class MessageResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    conversation_id: int
    role: Role
    content: str
    status: MessageStatus
    answered: bool = Field(description="Only for answers: whether the documents hold one.")
    sources: list[CitationResponse]
    model: str | None
    usage: Usage
    error_code: str | None = Field(description="Only of a failed answer.")
    error_detail: str | None = Field(description="Only of a failed answer.")
    created_at: UtcDatetime

    @model_validator(mode="before")
    @classmethod
    def _usage_of_row(cls, row: Any) -> Any:
        """A stored message keeps its token counts in two columns."""
        if isinstance(row, dict):
            return row
        usage = Usage(input_tokens=row.input_tokens, output_tokens=row.output_tokens)
        return {name: getattr(row, name) for name in cls.model_fields if name != "usage"} | {"usage": usage}


class ConversationWithMessages(ConversationResponse):
    messages: list[MessageResponse]


class MessageCreate(BaseModel):
    content: Annotated[Name, Field(min_length=1, max_length=MAX_CONTENT)] = Field(description="The question.")


class TurnResponse(BaseModel):
    user_message: MessageResponse
    assistant_message: MessageResponse


class FeedbackCreate(BaseModel):
    rating: Rating
    comment: Annotated[Text, Field(max_length=4_000)] | None = None


class FeedbackResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    message_id: int
    rating: Rating
    comment: str | None
    created_at: UtcDatetime


class ChatStatistics(BaseModel):
    conversations: int = Field(description="Those of the user who asks.")


class MessageStarted(BaseModel):
    """Data of the stream event `message.started`; `message_id` is the answer's."""

    user_message: MessageResponse
    message_id: int


class Retrieval(BaseModel):
    """Data of the stream event `retrieval`: how many sections were found."""

    hits: int


class Token(BaseModel):
    """Data of the stream event `token`: the next part of the answer's content."""

    text: str
