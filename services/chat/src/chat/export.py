"""A conversation as one Markdown file."""

from chat.models import Conversation, Message
from chat.wording import one_line


def as_markdown(conversation: Conversation) -> str:
    """Questions and answers in their order, each answer with its sources. Messages and citations must be loaded."""
    head = f"# {one_line(conversation.title or 'Conversation')}\n"
    return "\n".join((head, *(_part(message) for message in conversation.messages)))


def _part(message: Message) -> str:
    when = f"{message.created_at:%Y-%m-%d %H:%M} UTC"
    if message.role == "user":
        quoted = "\n".join(f"> {line}".rstrip() for line in message.content.split("\n"))
        return f"## Question ({when})\n\n{quoted}\n"
    body = message.content or f"*{_without_content(message)}*"
    sources = [
        f"{source.n}. {one_line(source.path)}{f'#{source.anchor}' if source.anchor else ''}, "
        f"lines {source.line_start}–{source.line_end} at {source.commit_sha[:12]}"
        f"{'' if source.is_current else ' (changed since)'}"
        for source in message.sources
    ]
    listed = "\nSources:\n\n" + "\n".join(sources) + "\n" if sources else ""
    return f"## Answer ({when})\n\n{body}\n{listed}"


def _without_content(message: Message) -> str:
    if message.status == "failed":
        return message.error_detail or "The answer failed."
    return "The answer was stopped." if message.status == "stopped" else "The answer is being written."
