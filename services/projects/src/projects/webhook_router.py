"""Webhooks over HTTP: theirs to set up is a user's, theirs to call a git host's."""

from typing import Any

from fastapi import APIRouter, Request, status

from common.database import SessionDep
from common.fields import PathId
from common.identity import IdentityDep
from common.problems import problems
from projects import webhook_service
from projects.errors import (
    CredentialsNotConfigured,
    SourceNotFound,
    WebhookPayloadInvalid,
    WebhookSignatureInvalid,
    WebhookTooLarge,
)
from projects.schemas import DeliveryTaken, Webhook
from projects.sealing import Keys
from projects.webhooks import claims_proof

router = APIRouter(prefix="/api", tags=["projects"])

MAX_DELIVERY_BYTES = 5 * 1024 * 1024  # a push of thousands of commits; the gateway lets as much through
_PAYLOAD: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.post(
    "/sources/{source_id}/webhook",
    status_code=status.HTTP_201_CREATED,
    responses=problems(SourceNotFound, CredentialsNotConfigured),
)
async def set_webhook(source_id: PathId, session: SessionDep, identity: IdentityDep, keys: Keys) -> Webhook:
    """Let a git host say when something was pushed: enter path and secret there, with JSON as the content type.

    Each call makes a new secret, which is shown this once; the one before is void.
    """
    secret = await webhook_service.set_webhook(session, identity, keys, source_id)
    return Webhook(path=f"/api/webhooks/git/{source_id}", secret=secret)


@router.delete(
    "/sources/{source_id}/webhook", status_code=status.HTTP_204_NO_CONTENT, responses=problems(SourceNotFound)
)
async def remove_webhook(source_id: PathId, session: SessionDep, identity: IdentityDep) -> None:
    """Refuse the git host's calls from now on."""
    await webhook_service.remove_webhook(session, identity, source_id)


@router.post(
    "/webhooks/git/{source_id}",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(WebhookSignatureInvalid, WebhookTooLarge, WebhookPayloadInvalid),
    openapi_extra=_PAYLOAD,
)
async def receive_webhook(source_id: PathId, request: Request, session: SessionDep, keys: Keys) -> DeliveryTaken:
    """For git hosts: GitHub, GitLab, Gitea and Bitbucket. A push to the source's branch or tag is synced, once.

    Needs no identity but the webhook's secret: an HMAC-SHA256 of the body in `X-Hub-Signature-256`,
    `X-Gitea-Signature` or `X-Hub-Signature`, or the secret itself in `X-Gitlab-Token`.
    """
    if not claims_proof(request.headers):
        raise WebhookSignatureInvalid
    body = await _body(request)  # before the database is asked, so that a slow sender holds no connection
    message, sync_id = await webhook_service.take_delivery(session, keys, source_id, request.headers, body)
    return DeliveryTaken(message=message, sync_id=sync_id)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_DELIVERY_BYTES:
            raise WebhookTooLarge(f"A delivery may have {MAX_DELIVERY_BYTES // 1024} KiB.")
    return bytes(body)
