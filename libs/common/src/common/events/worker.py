"""Handles what is in the inbox: one event, one transaction, one effect."""

import asyncio

import structlog
from pydantic import BaseModel, ValidationError

from common.database import Database
from common.events import failpoints
from common.events.backoff import Backoff, woken
from common.events.consumers import Consumer, Consumers
from common.events.envelope import Envelope, decode
from common.events.event import EventMeta, EventRejected
from common.events.inbox import Claim, Inbox, LeaseLost
from common.events.metrics import DEAD, PROCESSED, RETRIED
from common.request_context import following_trace

log = structlog.get_logger()

# Seconds between claiming an event and beginning its transaction, whose row lock then keeps others away: what a killed
# worker had in hand waits no longer than this.
_CLAIM_SECONDS = 5.0


class InboxWorker:
    """One event at a time. Several workers may run; a stream's events still go one after the other."""

    def __init__(
        self,
        database: Database,
        inbox: Inbox,
        consumers: Consumers,
        *,
        backoff: Backoff = Backoff(base=1.0, cap=600.0),  # noqa: B008 - immutable
        attempts: int = 8,
        lease_seconds: float = 60.0,
        poll_seconds: float = 1.0,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._consumers = consumers
        self._backoff = backoff
        self._attempts = attempts
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Handle events until cancelled. Raises when the database is down: call it again later."""
        while True:
            claim = await self._inbox.claim(min(_CLAIM_SECONDS, self._lease_seconds))
            if claim is None:
                await woken(self._inbox.arrived, self._poll_seconds)
            else:
                await self._attempt(claim)

    async def _attempt(self, claim: Claim) -> None:
        if claim.attempts > self._attempts:
            # Each attempt was counted before it began: this event has killed its worker again and again.
            await self._give_up(claim, "the worker ended or hung in every attempt")
            return
        try:
            await self._handle(claim)
        except asyncio.CancelledError:
            await self._inbox.release(claim)
            raise
        except LeaseLost:
            log.warning("event.lease_lost", event_id=str(claim.event_id), type=claim.type)
        except EventRejected as error:
            await self._give_up(claim, _describe(error))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt
            await self._failed(claim, _describe(error))

    async def _handle(self, claim: Claim) -> None:
        envelope = decode(claim.body.encode())
        consumer = self._consumers.find(claim.type)
        if consumer is None:
            raise EventRejected(f"this service has no handler for {claim.type}")
        event = _validated(consumer, envelope)
        with following_trace(envelope.traceparent):
            async with asyncio.timeout(self._lease_seconds), self._database.transaction() as session:
                await self._inbox.mark_processed(session, claim, self._lease_seconds)
                await consumer.handler(session, event, _meta(envelope))
                failpoints.reach("inbox.handled")
        self._succeeded(claim)

    def _succeeded(self, claim: Claim) -> None:
        PROCESSED.labels(self._consumers.service, claim.type).inc()
        log.info("event.processed", event_id=str(claim.event_id), type=claim.type, attempt=claim.attempts)

    async def _failed(self, claim: Claim, error: str) -> None:
        if claim.attempts >= self._attempts:
            await self._give_up(claim, error)
            return
        delay = self._backoff.delay(claim.attempts)
        await self._inbox.retry(claim, error, delay)
        RETRIED.labels(self._consumers.service, claim.type).inc()
        log.warning(
            "event.retried",
            event_id=str(claim.event_id),
            type=claim.type,
            attempt=claim.attempts,
            delay=round(delay, 3),
            error=error,
        )

    async def _give_up(self, claim: Claim, error: str) -> None:
        await self._inbox.bury(claim, error)
        DEAD.labels(self._consumers.service, claim.type).inc()
        log.error("event.dead", event_id=str(claim.event_id), type=claim.type, attempt=claim.attempts, error=error)


def _validated(consumer: Consumer, envelope: Envelope) -> BaseModel:
    try:
        return consumer.model.model_validate(envelope.data)
    except ValidationError as error:
        raise EventRejected(f"the data doesn't fit {consumer.model.__name__}: {error}") from error


def _meta(envelope: Envelope) -> EventMeta:
    return EventMeta(
        id=envelope.id,
        type=envelope.type,
        subject=envelope.subject,
        sequence=envelope.sequence,
        time=envelope.time,
        traceparent=envelope.traceparent,
    )


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
