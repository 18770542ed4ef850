"""Webhooks of sources: their secrets, and what a delivery leads to."""

import secrets
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from common.identity import Identity
from common.sealing import SealBroken, SealingKeys
from projects.errors import (
    CredentialsNotConfigured,
    SourceNotFound,
    WebhookPayloadInvalid,
    WebhookSignatureInvalid,
)
from projects.repository import EVERYTHING, SourceRepository
from projects.sealing import webhook_place
from projects.service import locked_source
from projects.sync_service import request_runs
from projects.webhooks import Headers, Host, PayloadInvalid, Push, delivery_id, read_push, verified_host

log = structlog.get_logger(__name__)

DELIVERIES = Counter("projects_webhook_delivery", "Deliveries of git hosts", ["host", "outcome"])
_MESSAGES = {
    "other_event": "Nothing to sync: this is not a push.",
    "other_branch": "Nothing to sync: the push is not to the source's branch.",
    "repeated": "This push was taken in before.",
    "sync": "Sync started",
}


async def set_webhook(session: AsyncSession, identity: Identity, keys: SealingKeys | None, source_id: int) -> str:
    """A new secret, which replaces the one before. Raises SourceNotFound, CredentialsNotConfigured."""
    await locked_source(session, identity, source_id)
    if keys is None:
        raise CredentialsNotConfigured
    secret = secrets.token_urlsafe(32)
    await SourceRepository(session).set_webhook_secret(source_id, keys.seal(secret, webhook_place(source_id)))
    log.info("webhook.created", source_id=source_id)
    return secret


async def remove_webhook(session: AsyncSession, identity: Identity, source_id: int) -> None:
    """From now on its deliveries are refused. Raises SourceNotFound."""
    await locked_source(session, identity, source_id)
    await SourceRepository(session).set_webhook_secret(source_id, None)
    log.info("webhook.removed", source_id=source_id)


async def take_delivery(
    session: AsyncSession, keys: SealingKeys | None, source_id: int, headers: Headers, body: bytes
) -> tuple[str, UUID | None]:
    """What came of it, as a sentence, and the run that syncs the push. `headers` are by lower-case name.

    Raises WebhookSignatureInvalid for all that isn't signed with the secret of this source, WebhookPayloadInvalid.
    """
    host = verified_host(headers, body, await _secret(session, keys, source_id))
    if host is None:
        DELIVERIES.labels("unknown", "refused").inc()
        log.debug("webhook.refused", source_id=source_id)  # anybody may cause it; the counter tells
        raise WebhookSignatureInvalid
    try:
        push = read_push(host, headers, body)
    except PayloadInvalid as error:
        DELIVERIES.labels(host, "unreadable").inc()
        raise WebhookPayloadInvalid from error
    outcome, sync_id = (
        ("other_event", None)
        if push is None
        else await _take_push(session, source_id, push, delivery_id(host, headers, body))
    )
    _note(host, outcome, source_id)
    return _MESSAGES[outcome], sync_id


async def _take_push(session: AsyncSession, source_id: int, push: Push, delivery: str) -> tuple[str, UUID | None]:
    try:
        source = await locked_source(session, EVERYTHING, source_id)
    except SourceNotFound as error:
        raise WebhookSignatureInvalid from error
    if not push.concerns(source.branch, source.default_branch):
        return "other_branch", None
    if not await SourceRepository(session).remember_delivery(source_id, delivery):
        return "repeated", None
    [run] = await request_runs(session, [source], "sync", "webhook")
    return "sync", run.id


async def _secret(session: AsyncSession, keys: SealingKeys | None, source_id: int) -> str:
    """The source's secret; one that nobody knows where there is none, so that either takes as long."""
    sealed = await SourceRepository(session).webhook_secret(source_id)
    if keys is None or sealed is None:
        return secrets.token_urlsafe(32)
    try:
        return keys.open(sealed, webhook_place(source_id))
    except SealBroken as error:
        log.error("webhook.secret_lost", source_id=source_id, error=str(error))
        return secrets.token_urlsafe(32)


def _note(host: Host, outcome: str, source_id: int) -> None:
    DELIVERIES.labels(host, outcome).inc()
    log.info("webhook.taken", source_id=source_id, host=host, outcome=outcome)
