"""What can be wrong with a request to this service, or with an answer it is making."""

from common.problems import Problem


class ProjectNotFound(Problem):
    status = 404
    error_code = "PROJECT_NOT_FOUND"
    title = "Project not found"

    def __init__(self, project_id: int) -> None:
        super().__init__(f"Project {project_id} not found")


class ConversationNotFound(Problem):
    status = 404
    error_code = "CONVERSATION_NOT_FOUND"
    title = "Conversation not found"

    def __init__(self, conversation_id: int) -> None:
        super().__init__(f"Conversation {conversation_id} not found")


class MessageNotFound(Problem):
    status = 404
    error_code = "MESSAGE_NOT_FOUND"
    title = "Message not found"

    def __init__(self, message_id: int) -> None:
        super().__init__(f"Message {message_id} not found")


class LLMProviderNotFound(Problem):
    status = 404
    error_code = "LLM_PROVIDER_NOT_FOUND"
    title = "LLM provider not found"

    def __init__(self, provider_id: int) -> None:
        super().__init__(f"LLM provider {provider_id} not found")


class MessageNotAnAnswer(Problem):
    status = 409
    error_code = "MESSAGE_NOT_AN_ANSWER"
    title = "The message is not an answer"

    def __init__(self, message_id: int) -> None:
        super().__init__(f"Message {message_id} is a question: only answers can be stopped or rated.")


class TurnInProgress(Problem):
    status = 409
    error_code = "TURN_IN_PROGRESS"
    title = "An answer is being written"

    def __init__(self, conversation_id: int) -> None:
        super().__init__(f"Conversation {conversation_id} is still being answered: wait for that answer or stop it.")


class DocumentsUnavailable(Problem):
    status = 503
    error_code = "DOCUMENTS_UNAVAILABLE"
    title = "The documents service is unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The documents can't be searched right now. Ask again in a moment.", headers={"Retry-After": "5"}
        )


class AnswerTimedOut(Problem):
    status = 504
    error_code = "ANSWER_TIMED_OUT"
    title = "The answer took too long"

    def __init__(self) -> None:
        super().__init__("No answer was found in time. Ask again in a moment.")


class AnswerInterrupted(Problem):
    status = 503
    error_code = "ANSWER_INTERRUPTED"
    title = "The answer was interrupted"

    def __init__(self) -> None:
        super().__init__("The service was restarted while it was answering. Ask again.")


class AnswerFailed(Problem):
    status = 500
    error_code = "ANSWER_FAILED"
    title = "The answer failed"

    def __init__(self) -> None:
        super().__init__("Something went wrong while answering. The log of the chat service has the details.")
