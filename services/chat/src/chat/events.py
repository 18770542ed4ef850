"""The facts that chat publishes."""

from typing import ClassVar

from pydantic import ConfigDict

from common.events import Event


class MessageAnswered(Event):
    """An answer was completed; `answered` is false when the documents don't hold one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"message_id": 12, "conversation_id": 3, "project_id": 1, "answered": True, "citations": 2}]
        }
    )

    type: ClassVar[str] = "chat.message.answered.v1"
    aggregate: ClassVar[str] = "conversation"

    message_id: int
    conversation_id: int
    project_id: int
    answered: bool
    citations: int

    @property
    def subject(self) -> str:
        return str(self.conversation_id)


class QuestionUnanswered(Event):
    """The documents of a project don't hold the answer to a question; `message_id` is the answer saying so."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"message_id": 12, "conversation_id": 3, "project_id": 1, "question": "Who pays for lunch?"}]
        }
    )

    type: ClassVar[str] = "chat.question.unanswered.v1"
    aggregate: ClassVar[str] = "conversation"

    message_id: int
    conversation_id: int
    project_id: int
    question: str

    @property
    def subject(self) -> str:
        return str(self.conversation_id)


PUBLISHED: list[type[Event]] = [MessageAnswered, QuestionUnanswered]
