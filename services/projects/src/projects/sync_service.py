"""Asking for syncs and taking in what documents says about them."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession
from uuid6 import uuid7

from common.events import publish
from common.identity import Identity
from projects.errors import ProjectHasNoSource, ProjectNotFound, SyncNotFound, SyncNotRunning
from projects.events import SyncCancelRequested, SyncRequested
from projects.models import RunKind, RunTrigger, Source, SyncRun
from projects.repository import ProjectEventRepository, ProjectRepository, SourceRepository, SyncRunRepository
from projects.schemas import SyncRunResponse
from projects.service import locked_source

log = structlog.get_logger(__name__)

REQUESTED = Counter("projects_sync_requested", "Syncs and re-indexes asked for", ["outcome", "kind", "trigger"])
OPEN = ("queued", "running")


async def sync_project(
    session: AsyncSession, identity: Identity, project_id: int, kind: RunKind = "sync"
) -> list[SyncRun]:
    """Queue a run for each source. Raises ProjectNotFound, ProjectHasNoSource."""
    if not await ProjectRepository(session).lock(project_id, identity):
        raise ProjectNotFound(project_id)
    sources = await SourceRepository(session).list_all(project_id)
    if not sources:
        raise ProjectHasNoSource(project_id)
    return await request_runs(session, sources, kind)


async def sync_source(
    session: AsyncSession,
    identity: Identity,
    source_id: int,
    kind: RunKind = "sync",
    trigger: RunTrigger = "user",
) -> SyncRun:
    """Queue a run for one source. Raises SourceNotFound."""
    source = await locked_source(session, identity, source_id)
    return (await request_runs(session, [source], kind, trigger))[0]


async def cancel_sync(session: AsyncSession, identity: Identity, sync_id: uuid.UUID) -> SyncRun:
    """Ask for the end of an open run; it ends when documents says so. Raises SyncNotFound, SyncNotRunning."""
    runs = SyncRunRepository(session)
    run = await runs.get_by_id(sync_id, identity)
    if run is not None:
        await ProjectRepository(session).lock(run.project_id, identity)
        run = await runs.get_by_id(sync_id, identity)
    if run is None:
        raise SyncNotFound(sync_id)
    if run.status not in OPEN:
        raise SyncNotRunning(sync_id, run.status)
    fact = SyncCancelRequested(sync_id=sync_id, source_id=run.source_id, project_id=run.project_id)
    await publish(session, fact)
    log.info("sync.cancel_requested", sync_id=str(sync_id), source_id=run.source_id)
    return run


async def request_runs(
    session: AsyncSession, sources: Sequence[Source], kind: RunKind, trigger: RunTrigger = "user"
) -> list[SyncRun]:
    """A queued run of each source: a new one, or the one of its kind that waits already. The project is locked.

    A running one is not joined: it may have fetched before the push that this request is about.
    """
    queued = await SyncRunRepository(session).queued(sources[0].project_id, kind)
    runs: list[SyncRun] = []
    for source in sources:
        joined = queued.get(source.id)
        run = joined or await _queue(session, source, kind, trigger)
        # Again for a joined one: documents may have started or even ended it, which we don't know yet.
        await publish(
            session,
            SyncRequested(
                sync_id=run.id,
                source_id=source.id,
                project_id=source.project_id,
                requested_at=run.requested_at,
                kind=kind,
            ),
        )
        outcome = "joined" if joined else "queued"
        REQUESTED.labels(outcome, kind, trigger).inc()
        log.info(
            "sync.requested", sync_id=str(run.id), source_id=source.id, outcome=outcome, kind=kind, trigger=trigger
        )
        runs.append(run)
    return runs


async def _queue(session: AsyncSession, source: Source, kind: RunKind, trigger: RunTrigger) -> SyncRun:
    run = SyncRun(
        id=uuid.UUID(int=uuid7().int),
        project_id=source.project_id,
        source_id=source.id,
        kind=kind,
        trigger=trigger,
        status="queued",
        requested_at=datetime.now(UTC),
    )
    session.add(run)
    await session.flush()
    await session.refresh(run)
    await note_run(session, run, "sync.queued")
    return run


async def note_run(session: AsyncSession, run: SyncRun, kind: str) -> None:
    """Tell those who watch the project."""
    data = SyncRunResponse.model_validate(run).model_dump(mode="json")
    await ProjectEventRepository(session).append(run.project_id, kind, data)
