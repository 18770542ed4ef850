"""Whether a source's repository has something new: its server is asked for one commit id, and nothing is fetched.

That happens now and then for each source that was ever synced, and at once when somebody asks. A worker holds a lease
on a source while it asks, and no transaction; what it hears counts only if nobody knew better meanwhile.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.events import publish
from common.http_client import ServiceUnavailable
from documents.events import SourceChecked
from documents.sync import network
from documents.sync.credentials import Credentials
from documents.sync.errors import SyncError
from documents.sync.git_program import GitProgram
from documents.sync.metrics import HEADS_CHECKED
from documents.sync.network import NetworkPolicy
from documents.sync.tip import remote_tip
from documents.sync.transport import Transport

log = structlog.get_logger(__name__)

CHANNEL = "documents_source_check"
"""Notified when a source may be due."""

_ANSWER_SECONDS = 60.0
_LEASE_SECONDS = 90
_RETRY_SECONDS = 10  # when it is projects that doesn't answer

_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', '')")
_REQUEST = text("UPDATE source SET check_requested_at = now() WHERE id = :source_id AND NOT is_deleted")

# A sync asks the remote itself. The interval varies by a tenth either way, so that sources drift apart.
_CLAIM = text("""
    WITH next AS (
        SELECT s.id FROM source s
        WHERE NOT s.is_deleted AND (s.check_lease_until IS NULL OR s.check_lease_until < now()) AND (
            s.check_requested_at IS NOT NULL
            OR CAST(:interval AS float) > 0 AND s.synced_at IS NOT NULL AND (
                s.remote_checked_at IS NULL
                OR s.remote_checked_at < now() - make_interval(secs => CAST(:interval AS float) * (0.9 + 0.2 / 1023
                    * (hashint8(s.id + CAST(extract(epoch FROM s.remote_checked_at) AS bigint)) & 1023)))
            ) AND NOT EXISTS (SELECT FROM sync_job j WHERE j.source_id = s.id AND j.state IN ('queued', 'running'))
        )
        ORDER BY s.check_requested_at, s.remote_checked_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE source s SET check_lease_until = now() + make_interval(secs => :lease) FROM next WHERE s.id = next.id
    RETURNING s.id, s.project_id, s.repo_url, s.branch, s.has_credential, s.sequence, s.remote_commit_sha,
        s.remote_error_code, s.remote_checked_at, s.check_requested_at, now()
""")
_NOTE = text("""
    UPDATE source SET remote_commit_sha = coalesce(:sha, remote_commit_sha), remote_checked_at = :asked_at,
        remote_error_code = :error_code, remote_error_detail = :error_detail, check_lease_until = NULL,
        check_requested_at = CASE WHEN check_requested_at IS DISTINCT FROM :requested_at THEN check_requested_at END
    WHERE id = :id AND NOT is_deleted AND sequence = :sequence AND remote_checked_at IS NOT DISTINCT FROM :checked_at
    RETURNING remote_commit_sha, remote_checked_at
""")
_RELEASE = text("UPDATE source SET check_lease_until = now() + make_interval(secs => :delay) WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Claim:
    """A source to ask for, and what was known of its remote when it was claimed."""

    source_id: int
    project_id: int
    repo_url: str
    branch: str | None
    has_credential: bool
    sequence: int
    commit_sha: str | None
    error_code: str | None
    checked_at: datetime | None
    requested_at: datetime | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the operator set; `interval` in seconds, 0 for checks on request only."""

    policy: NetworkPolicy
    interval: float
    ca_file: Path | None = None


async def request(session: AsyncSession, source_id: int) -> None:
    """Want the source's remote asked now; nothing for a deleted one."""
    await session.execute(_REQUEST, {"source_id": source_id})
    await announce(session)


async def announce(session: AsyncSession) -> None:
    """Wake the workers once the session's transaction is committed."""
    await session.execute(_NOTIFY)


class HeadChecks:
    """Asks remotes for their newest commits. Several workers may do so at once, and one of them several at a time."""

    def __init__(self, database: Database, git: GitProgram, credentials: Credentials, options: CheckOptions) -> None:
        self._database = database
        self._credentials = credentials
        self._options = options
        self._transport = Transport(git, ca_file=options.ca_file, proxy=options.policy.proxy)

    async def check_next(self) -> bool:
        """Check the source that has waited longest; False when none is due."""
        claim = await self._claim()
        if claim is None:
            return False
        try:
            sha, error = await self._tip(claim), None
        except SyncError as found:
            sha, error = None, found
        except ServiceUnavailable as unavailable:
            log.warning("source.check_postponed", source_id=claim.source_id, reason=unavailable.reason)
            await self._release(claim, _RETRY_SECONDS)
            return True
        await self._note(claim, sha, error)
        return True

    async def _claim(self) -> Claim | None:
        values = {"interval": self._options.interval, "lease": _LEASE_SECONDS}
        async with self._database.transaction() as session:
            row = (await session.execute(_CLAIM, values)).first()
        return Claim(*row) if row else None

    async def _tip(self, claim: Claim) -> str:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                remote = await network.check(claim.repo_url, self._options.policy)
                if claim.has_credential:
                    remote = await self._credentials.lend(remote, claim.source_id)
                return (await remote_tip(self._transport, remote, claim.branch)).sha
        except TimeoutError as error:
            detail = f"The server didn't say within {_ANSWER_SECONDS:.0f} seconds what it has. It is asked again later."
            raise SyncError("REPOSITORY_UNREACHABLE", detail) from error

    async def _note(self, claim: Claim, sha: str | None, error: SyncError | None) -> None:
        code, detail = (error.code, error.detail) if error else (None, None)
        is_new = (sha or claim.commit_sha, code) != (claim.commit_sha, claim.error_code)
        values = {"id": claim.source_id, "sequence": claim.sequence, "checked_at": claim.checked_at}
        values |= {"sha": sha, "error_code": code, "error_detail": detail, "requested_at": claim.requested_at}
        values["asked_at"] = claim.asked_at
        async with self._database.transaction() as session:
            row = (await session.execute(_NOTE, values)).first()
            if row is not None and (is_new or claim.requested_at):
                await publish(session, _checked(claim, row, code, detail))
        if row is None:
            # A sync or another address came in between: whoever asked is answered by the next check.
            await self._release(claim, 0)
            return
        HEADS_CHECKED.labels("failed" if error else "new" if is_new else "unchanged").inc()
        log.info("source.checked", source_id=claim.source_id, commit_sha=sha, is_new=is_new, error_code=code)

    async def _release(self, claim: Claim, delay: int) -> None:
        async with self._database.transaction() as session:
            await session.execute(_RELEASE, {"id": claim.source_id, "delay": delay})


def _checked(claim: Claim, row: Any, error_code: str | None, error_detail: str | None) -> SourceChecked:
    return SourceChecked(
        source_id=claim.source_id,
        project_id=claim.project_id,
        remote_commit_sha=row.remote_commit_sha,
        checked_at=row.remote_checked_at,
        error_code=error_code,
        error_detail=error_detail,
    )
