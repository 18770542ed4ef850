"""Answering questions: one turn of a conversation from the question to its one end."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter, Histogram
from pydantic import BaseModel

from chat.citations import check_citations
from chat.documents_client import DocumentsClient
from chat.errors import AnswerFailed, AnswerInterrupted, AnswerTimedOut, ConversationNotFound
from chat.events import MessageAnswered, QuestionUnanswered
from chat.evidence import CheckedCitation
from chat.extractive import Question, select_passages
from chat.repository import ConversationRepository
from chat.schemas import CitationResponse, MessageResponse, Retrieval, Token
from chat.settings import Settings
from chat.turn_repository import TurnRepository
from chat.wording import answer_pieces, title_of
from common.database import Database
from common.events import publish
from common.identity import Identity
from common.problems import Problem

log = structlog.get_logger(__name__)

TURNS = Counter("chat_turns", "Turns ended", ["end"])
SECONDS = Histogram("chat_turn_seconds", "Time from question to the end of its turn, in seconds")
MODEL = "extractive"
_HITS = 8
_LEASE_MARGIN = 20.0  # seconds after the turn's own time limit; past them its process must be dead


@dataclass(frozen=True, slots=True)
class TurnEvent:
    """Something to tell whoever watches the turn."""

    name: str
    data: BaseModel


@dataclass(slots=True)
class Turn:
    """A question being answered. `events` ends with None; then `outcome` is set: the answer, or why there is none."""

    conversation_id: int
    project_id: int
    message_id: int
    user_message: MessageResponse
    question: Question
    token: str
    events: asyncio.Queue[TurnEvent | None] = field(default_factory=asyncio.Queue[TurnEvent | None])
    outcome: asyncio.Future[MessageResponse | Problem] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    work: asyncio.Task[None] | None = None

    async def end(self) -> MessageResponse | Problem:
        """Wait for the outcome; a waiter who is cancelled leaves it to the others."""
        return await asyncio.shield(self.outcome)

    def tell(self, name: str, data: BaseModel) -> None:
        self.events.put_nowait(TurnEvent(name, data))


class Answering:
    """The turns of this process. They run as tasks of their own: a caller who leaves doesn't end them."""

    def __init__(self, database: Database, documents: DocumentsClient, settings: Settings) -> None:
        self._database = database
        self._documents = documents
        self._settings = settings
        self._turns: dict[int, Turn] = {}
        self._runners: set[asyncio.Task[None]] = set()

    async def begin(self, identity: Identity, conversation_id: int, content: str, token: str) -> Turn:
        """Store the question and start answering it. Raises ConversationNotFound, TurnInProgress."""
        turn = await self._store_question(identity, conversation_id, content, token)
        turn.work = asyncio.create_task(self._answer(turn), name=f"answer-{turn.message_id}")
        self._turns[turn.message_id] = turn
        runner = asyncio.create_task(self._run(turn, turn.work), name=f"turn-{turn.message_id}")
        self._runners.add(runner)
        runner.add_done_callback(self._runners.discard)
        return turn

    async def stop(self, message_id: int) -> None:
        """End a turn as stopped, wherever it runs; one that has ended stays as it is."""
        async with self._database.transaction() as session:
            await TurnRepository(session).stop(message_id)
        turn = self._turns.get(message_id)
        if turn and turn.work:
            turn.work.cancel()

    async def sweep(self) -> None:
        """Until cancelled: end the turns of dead processes, at once and then again and again."""
        while True:
            try:
                async with self._database.transaction() as session:
                    count = await TurnRepository(session).fail_abandoned()
                if count:
                    log.warning("turn.abandoned", count=count)
            except Exception as error:  # noqa: BLE001 - the next round may find the database up again
                log.warning("turn.sweep_failed", error=repr(error))
            await asyncio.sleep(self._settings.sweep_interval)

    async def close(self) -> None:
        """Interrupt what is still running and wait until that is stored."""
        for turn in self._turns.values():
            if turn.work:
                turn.work.cancel()
        await asyncio.gather(*self._runners)

    async def _store_question(self, identity: Identity, conversation_id: int, content: str, token: str) -> Turn:
        async with self._database.transaction() as session:
            conversations = ConversationRepository(session)
            turns = TurnRepository(session)
            conversation = await conversations.get_by_id(identity, conversation_id, lock=True)
            lease = self._settings.turn_timeout + _LEASE_MARGIN
            asked_id, answer_id = await turns.begin(conversation_id, content, MODEL, lease)
            if conversation.title is None:
                conversation.title = title_of(content)
            await conversations.touch(conversation)
            return Turn(
                conversation_id=conversation_id,
                project_id=conversation.project_id,
                message_id=answer_id,
                user_message=MessageResponse.model_validate(await turns.read(asked_id)),
                question=Question.of(content, await turns.earlier_question(conversation_id, asked_id)),
                token=token,
            )

    async def _run(self, turn: Turn, work: asyncio.Task[None]) -> None:
        """Watch over the work and bring the turn to its one end."""
        started = time.perf_counter()
        try:
            await asyncio.wait({work}, timeout=self._settings.turn_timeout)
            in_time = work.done()
            work.cancel()
            await asyncio.wait({work})
            outcome = await self._conclude(turn, _fault(turn, work) if in_time else AnswerTimedOut())
        finally:
            del self._turns[turn.message_id]
        turn.events.put_nowait(None)
        turn.outcome.set_result(outcome)
        end = outcome.error_code if isinstance(outcome, Problem) else outcome.status
        TURNS.labels(end).inc()
        SECONDS.observe(time.perf_counter() - started)
        log.info("turn.ended", conversation_id=turn.conversation_id, message_id=turn.message_id, end=end)

    async def _answer(self, turn: Turn) -> None:
        hits = await self._documents.search(turn.project_id, turn.question.query, _HITS, turn.token)
        turn.tell("retrieval", Retrieval(hits=len(hits)))
        selection = select_passages(turn.question, hits)
        read_at = datetime.now(UTC)
        wanted = {passage.hit.document_id for passage in selection.passages}
        citations = check_citations(selection.passages, hits, await self._documents.read(wanted, turn.token))
        answered = selection.answered and bool(citations)
        pieces = answer_pieces(citations, answered=answered)
        for piece in pieces:
            turn.tell("token", Token(text=piece))
        await self._complete(turn, "".join(pieces), citations, read_at, answered=answered)

    async def _complete(
        self, turn: Turn, content: str, citations: list[CheckedCitation], read_at: datetime, *, answered: bool
    ) -> None:
        async with self._database.transaction() as session:
            turns = TurnRepository(session)
            if not await turns.complete(turn.message_id, content, answered=answered):
                return
            rows = await turns.store_citations(turn.message_id, citations, read_at)
            about = {
                "message_id": turn.message_id,
                "conversation_id": turn.conversation_id,
                "project_id": turn.project_id,
            }
            await publish(session, MessageAnswered(**about, answered=answered, citations=len(citations)))
            if not answered:
                await publish(session, QuestionUnanswered(**about, question=turn.user_message.content))
        for row in rows:
            turn.tell("citation", CitationResponse.model_validate(row))

    async def _conclude(self, turn: Turn, problem: Problem | None) -> MessageResponse | Problem:
        """Store the problem, unless the turn ended otherwise, and read what its end is."""
        try:
            async with self._database.transaction() as session:
                turns = TurnRepository(session)
                if problem is not None:
                    await turns.fail(turn.message_id, problem)
                message = await turns.read(turn.message_id)
        except Exception:
            log.exception("turn.conclusion_failed", message_id=turn.message_id)
            return problem or AnswerFailed()  # the sweep stores that once the lease has run out
        if message is None:
            return ConversationNotFound(turn.conversation_id)
        if message.status == "failed":
            return problem or AnswerInterrupted()
        return MessageResponse.model_validate(message)


def _fault(turn: Turn, work: asyncio.Task[None]) -> Problem | None:
    if work.cancelled():
        return AnswerInterrupted()
    error = work.exception()
    if error is None or isinstance(error, Problem):
        return error
    log.error("turn.failed", message_id=turn.message_id, exc_info=error)
    return AnswerFailed()
