"""Sync jobs: durable rows that workers claim with a lease and a fence.

All times are the database's. Whoever locks more than one kind of row takes a source's jobs first, then the source, then
its documents. A worker that loses its job is fenced out: none of its writes succeeds any more, since each one asserts
the fence in its own transaction, and asserts it first (but for the long one that ends a re-index: see `reindex`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.events import publish
from documents.events import SyncCancelled, SyncFailed, SyncProgressed, SyncStarted, SyncSucceeded
from documents.sync.errors import SyncError
from documents.sync.presence import LOCKS, Presence
from documents.sync.progress import Progress

CHANNEL = "documents_sync_job"
"""Notified when there may be something to claim or to cancel."""

LEASE_SECONDS = 30
MAX_ATTEMPTS = 5
"""Attempts without any progress after which a job fails."""

_CLAIM_LOCK = 7_308_324_466_019_889  # constant of our own: claims go one after the other
_TAKEN_OVER_AT_ONCE = 3  # attempts; a job that kills its workers must not kill one after the other within seconds
_DAYS_KEPT = 7

Kind = Literal["sync", "reindex"]
Outcome = Literal["succeeded", "failed", "cancelled"]
_ENDINGS = {"succeeded": SyncSucceeded, "failed": SyncFailed, "cancelled": SyncCancelled}

_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', '')")

# A terminal job that is asked for again starts anew; the fence keeps its former worker out. A cancellation that came
# before the request is answered by it: the running job stops or ends, and runs once more.
_REQUEST = text("""
    INSERT INTO sync_job AS j (id, project_id, source_id, kind, state, requested_at)
    SELECT :id, s.project_id, s.id, :kind, 'queued', :requested_at FROM source s
    WHERE s.id = :source_id AND NOT s.is_deleted
    ON CONFLICT (id) DO UPDATE SET
        is_wanted_again = j.state = 'running',
        state = CASE j.state WHEN 'running' THEN 'running' ELSE 'queued' END,
        fence = CASE WHEN j.state IN ('running', 'queued') THEN j.fence ELSE j.fence + 1 END,
        attempt = CASE j.state WHEN 'running' THEN j.attempt ELSE 0 END,
        progress = CASE j.state WHEN 'running' THEN j.progress ELSE '{}' END,
        cancel_requested_at = NULL,
        started_at = CASE j.state WHEN 'running' THEN j.started_at END,
        finished_at = NULL, error_code = NULL, error_detail = NULL
""")

_REQUEST_CANCEL = text("""
    UPDATE sync_job SET cancel_requested_at = coalesce(cancel_requested_at, now()),
        state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
        finished_at = CASE state WHEN 'queued' THEN now() END
    WHERE id = :id AND state IN ('queued', 'running')
    RETURNING id, project_id, source_id, fence, attempt, started_at, kind, state, finished_at
""")

_DROP_ALL = text("""
    UPDATE sync_job SET state = 'cancelled', finished_at = now(), lease_until = NULL, fence = fence + 1
    WHERE source_id = :source_id AND state IN ('queued', 'running')
""")

# Oldest first among the projects that have fewest running; a source has one running job at most. A running job whose
# worker is dead is anyone's who shows that it lives itself, and has done so for a while: just after a start of Postgres
# or a crash of one of its processes nobody has a lock yet.
_CLAIM = text("""
    WITH alive AS MATERIALIZED (
        SELECT CAST(objid AS bigint) AS holder FROM pg_locks
        WHERE locktype = 'advisory' AND CAST(classid AS bigint) = :locks AND objsubid = 2 AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ), lost AS (
        SELECT id FROM sync_job WHERE state = 'running' AND (
            lease_until < now()
            OR attempt <= :at_once AND holder IS NOT NULL AND holder NOT IN (SELECT holder FROM alive)
                AND CAST(:is_settled AS boolean)
        )
    ), running AS (
        SELECT project_id FROM sync_job WHERE state = 'running' AND id NOT IN (SELECT id FROM lost)
    ), next AS (
        SELECT j.id FROM sync_job j
        WHERE (
            j.id IN (SELECT id FROM lost)
            OR j.state = 'queued'
                AND NOT EXISTS (SELECT FROM sync_job o WHERE o.source_id = j.source_id AND o.state = 'running')
        ) AND (SELECT count(*) FROM running r WHERE r.project_id = j.project_id) < :per_project
        ORDER BY (SELECT count(*) FROM running r WHERE r.project_id = j.project_id), j.requested_at, j.id
        LIMIT 1 FOR UPDATE OF j SKIP LOCKED
    )
    UPDATE sync_job j SET state = 'running', fence = j.fence + 1, attempt = j.attempt + 1, holder = :holder,
        started_at = coalesce(j.started_at, now()), lease_until = now() + make_interval(secs => :lease)
    FROM next WHERE j.id = next.id
    RETURNING j.id, j.project_id, j.source_id, j.fence, j.attempt, j.started_at, j.kind, j.progress
""")

_MINE = "WHERE id = :id AND fence = :fence AND state = 'running'"
_HOLD = text(f"""
    UPDATE sync_job SET lease_until = now() + make_interval(secs => :lease), holder = :holder {_MINE}
    RETURNING cancel_requested_at
""")  # noqa: S608 - constants only
# Progress resets the attempts: a job may be interrupted as often as you like while it gets on.
_RECORD = text(f"""
    UPDATE sync_job SET progress = CAST(:progress AS jsonb), attempt = 1,
        lease_until = now() + make_interval(secs => :lease) {_MINE} RETURNING cancel_requested_at
""")  # noqa: S608 - constants only
_LOOK = text(f"SELECT cancel_requested_at FROM sync_job {_MINE}")  # noqa: S608 - constants only
_LOCK = text(f"SELECT cancel_requested_at FROM sync_job {_MINE} FOR NO KEY UPDATE")  # noqa: S608 - constants only
_GIVE_BACK = text(f"""
    UPDATE sync_job SET lease_until = now() + make_interval(secs => :delay), attempt = attempt - :uncounted {_MINE}
""")  # noqa: S608 - constants only
_AGAIN = text(f"""
    UPDATE sync_job SET is_wanted_again = false {_MINE} AND is_wanted_again AND cancel_requested_at IS NULL RETURNING id
""")  # noqa: S608 - constants only
_FINISH = text(f"""
    UPDATE sync_job SET state = :state, finished_at = now(), lease_until = NULL, holder = NULL, is_wanted_again = false,
        progress = CAST(:progress AS jsonb), error_code = :error_code, error_detail = :error_detail
    {_MINE} RETURNING finished_at
""")  # noqa: S608 - constants only
# The newest of a source stay, and the one that its index is of, which a re-index repeats.
_PRUNE = text("""
    DELETE FROM sync_job j WHERE j.finished_at < now() - make_interval(days => :days) AND (
        EXISTS (SELECT FROM source s WHERE s.id = j.source_id AND s.is_deleted)
        OR EXISTS (SELECT FROM sync_job o WHERE o.source_id = j.source_id AND o.finished_at > j.finished_at
            AND ((o.state, o.kind) = ('succeeded', 'sync') OR (j.state, j.kind) <> ('succeeded', 'sync')))
    )
""")
_SYNCED = text("""
    UPDATE source SET commit_sha = :commit_sha, synced_at = now() WHERE id = :source_id
""")
# A check may have seen something newer while the sync ran, and the source may have another remote now.
_REMOTE_SEEN = text("""
    UPDATE source SET remote_commit_sha = :commit_sha, remote_checked_at = :asked_at, remote_error_code = NULL,
        remote_error_detail = NULL
    WHERE id = :source_id AND (remote_checked_at IS NULL OR remote_checked_at <= :asked_at)
        AND repo_url = :repo_url AND branch IS NOT DISTINCT FROM :branch
    RETURNING remote_checked_at
""")
# Files that were stored without their history are looked up in all of it the next time.
_FORGET_HISTORY = text("UPDATE source SET history_sha = NULL WHERE id = :source_id")
# Kept in the progress, so that whatever the job gets done puts an end to it.
_WAITED = text(f"""
    UPDATE sync_job SET progress = jsonb_build_object('waiting_since', now()) || progress {_MINE}
    RETURNING CAST(extract(epoch FROM now() - CAST(progress ->> 'waiting_since' AS timestamptz)) AS float)
""")  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Asked:
    """Which remote a sync asked, and a time (the database's) before it did."""

    repo_url: str
    branch: str | None
    at: datetime


class FencedOut(Exception):
    """The job isn't ours any more: stop without a word."""


class CancelRequested(Exception):
    """Somebody doesn't want this sync any more."""


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `fence` tells this claim from every other."""

    id: UUID
    project_id: int
    source_id: int
    fence: int
    attempt: int
    started_at: datetime | None
    kind: Kind = "sync"

    @property
    def key(self) -> dict[str, Any]:
        return {"id": self.id, "fence": self.fence}

    @property
    def scope(self) -> dict[str, int]:
        """What every row that this job writes belongs to."""
        return {"project_id": self.project_id, "source_id": self.source_id}


async def request(
    session: AsyncSession, sync_id: UUID, source_id: int, requested_at: datetime, kind: Kind = "sync"
) -> None:
    """Want this sync: queue it, or let it run once more if it runs already. Nothing for a deleted source."""
    values = {"id": sync_id, "source_id": source_id, "requested_at": requested_at, "kind": kind}
    await session.execute(_REQUEST, values)
    await session.execute(_NOTIFY)


async def request_cancel(session: AsyncSession, sync_id: UUID) -> None:
    """Want this sync no more. A queued one ends here, a running one at its worker."""
    row = (await session.execute(_REQUEST_CANCEL, {"id": sync_id})).first()
    if row is not None and row.state == "cancelled":
        snapshot = _snapshot(Job(*row[:7]), Progress(phase="done"), None, row.finished_at)
        await publish(session, SyncCancelled(**snapshot))
    await session.execute(_NOTIFY)


async def drop_all(session: AsyncSession, source_id: int) -> None:
    """End the jobs of a deleted source, silently: nobody is left to be told."""
    await session.execute(_DROP_ALL, {"source_id": source_id})
    await session.execute(_NOTIFY)


async def record(session: AsyncSession, job: Job, progress: Progress) -> None:
    """Assert the fence and save the progress in the session's transaction. Raises FencedOut, CancelRequested."""
    _check((await session.execute(_RECORD, job.key | _json(progress) | {"lease": LEASE_SECONDS})).first())


async def assert_mine(session: AsyncSession, job: Job) -> None:
    """Assert the fence in the session's transaction, with nothing to save. Raises FencedOut, CancelRequested."""
    _check((await session.execute(_LOCK, job.key)).first())


async def publish_progress(session: AsyncSession, job: Job, progress: Progress) -> None:
    """Tell whoever listens how far the job is."""
    await publish(session, SyncProgressed(**_snapshot(job, progress, None, None)))


class Jobs:
    """Claiming and ending jobs, each in a transaction of its own."""

    def __init__(self, database: Database, per_project: int = 1, presence: Presence | None = None) -> None:
        self._database = database
        self._per_project = per_project
        self._presence = presence

    @property
    def _held(self) -> dict[str, Any]:
        """What a job's row says of its worker: how long it is surely alive, and the lock by which that is seen."""
        return {"lease": LEASE_SECONDS, "holder": self._presence.number if self._presence else None}

    async def claim(self) -> tuple[Job, Progress] | None:
        """The next job, begun or taken over; None when there is nothing to do."""
        async with self._database.transaction() as session:
            await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIM_LOCK})
            values = {"per_project": self._per_project, "locks": LOCKS, "at_once": _TAKEN_OVER_AT_ONCE}
            values["is_settled"] = self._presence is not None and self._presence.is_settled
            row = (await session.execute(_CLAIM, self._held | values)).first()
            if row is None:
                return None
            job = Job(*row[:7])
            progress = Progress.model_validate(row.progress)
            if not row.progress:
                progress.phase = "fetching"
                await record(session, job, progress)
                await publish(session, SyncStarted(**_snapshot(job, progress, None, None)))
            return job, progress

    async def hold(self, job: Job) -> None:
        """Renew the lease. Raises FencedOut, CancelRequested."""
        async with self._database.transaction() as session:
            _check((await session.execute(_HOLD, job.key | self._held)).first())

    async def look(self, job: Job) -> None:
        """Raises FencedOut or CancelRequested when the job should stop."""
        async with self._database.transaction() as session:
            _check((await session.execute(_LOOK, job.key)).first())

    async def report(self, job: Job, progress: Progress) -> None:
        """Renew the lease and publish the progress; documents save it. Raises FencedOut, CancelRequested."""
        async with self._database.transaction() as session:
            _check((await session.execute(_HOLD, job.key | self._held)).first())
            await publish_progress(session, job, progress)

    async def give_back(self, job: Job, *, delay: float = 0.0, is_counted: bool = True) -> None:
        """Let another worker (or this one) go on with it after `delay` seconds."""
        async with self._database.transaction() as session:
            await session.execute(_GIVE_BACK, job.key | {"delay": delay, "uncounted": 0 if is_counted else 1})
            await session.execute(_NOTIFY)

    async def waited(self, job: Job) -> float:
        """Note that the job can't get on by another service's fault; for how many seconds so far. Raises FencedOut."""
        async with self._database.transaction() as session:
            seconds = await session.scalar(_WAITED, job.key)
        if seconds is None:
            raise FencedOut
        return seconds

    async def finish(
        self,
        job: Job,
        outcome: Outcome,
        progress: Progress,
        error: SyncError | None = None,
        asked: Asked | None = None,
    ) -> bool:
        """End the job and say so in one transaction; False if it was asked for again and must run once more.

        `asked` is what a sync that succeeded learnt its commit from.

        Raises FencedOut.
        """
        async with self._database.transaction() as session:
            if (await session.execute(_AGAIN, job.key)).first() is not None:
                return False
            values = {"error_code": error.code if error else None, "error_detail": error.detail if error else None}
            row = (await session.execute(_FINISH, job.key | {"state": outcome} | _json(progress) | values)).first()
            if row is None:
                raise FencedOut
            told = _snapshot(job, progress, error, row.finished_at)
            if job.kind == "sync":
                told |= await _note_end(session, job, outcome, progress, asked)
            await publish(session, _ENDINGS[outcome](**told))
            await session.execute(_NOTIFY)
            return True

    async def prune(self) -> None:
        """Forget jobs that ended long ago."""
        async with self._database.transaction() as session:
            await session.execute(_PRUNE, {"days": _DAYS_KEPT})


async def _note_end(
    session: AsyncSession, job: Job, outcome: Outcome, progress: Progress, asked: Asked | None
) -> dict[str, Any]:
    """Note at the source how a sync of it ended; what its event says beside the snapshot."""
    values = {"commit_sha": progress.commit_sha, "source_id": job.source_id}
    if outcome != "succeeded":
        if progress.files_changed:
            await session.execute(_FORGET_HISTORY, {"source_id": job.source_id})
        return {}
    await session.execute(_SYNCED, values)
    if asked is None:
        return {}
    place = {"repo_url": asked.repo_url, "branch": asked.branch, "asked_at": asked.at}
    return {"remote_checked_at": await session.scalar(_REMOTE_SEEN, values | place)}


def _check(row: Row[Any] | None) -> None:
    if row is None:
        raise FencedOut
    if row.cancel_requested_at is not None:
        raise CancelRequested


def _json(progress: Progress) -> dict[str, str]:
    return {"progress": progress.model_dump_json()}


def _snapshot(job: Job, progress: Progress, error: SyncError | None, finished_at: datetime | None) -> dict[str, Any]:
    return {
        **progress.model_dump(),
        "sync_id": job.id,
        "project_id": job.project_id,
        "source_id": job.source_id,
        "error_code": error.code if error else None,
        "error_detail": error.detail if error else None,
        "started_at": job.started_at,
        "finished_at": finished_at,
    }
