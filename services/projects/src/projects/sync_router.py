"""Sync runs over HTTP, and what the dashboard shows of them."""

from uuid import UUID

from fastapi import APIRouter, status

from common.database import SessionDep
from common.fields import Cursor, Limit, PathId
from common.identity import IdentityDep
from common.pages import Page, decode_cursor, encode_cursor
from common.problems import CursorInvalid, problems
from projects import sync_service
from projects.errors import ProjectNotFound, SyncNotFound, SyncNotRunning
from projects.models import SyncRun
from projects.repository import ProjectRepository, SyncRunRepository
from projects.schemas import ProjectStatistics, SyncRunResponse

router = APIRouter(prefix="/api", tags=["projects"])

_AFTER_ALL = UUID(int=2**128 - 1)
_RECENT = 10


@router.get("/projects/{project_id}/syncs", responses=problems(ProjectNotFound, CursorInvalid))
async def list_syncs(
    project_id: PathId, session: SessionDep, identity: IdentityDep, limit: Limit = 50, cursor: Cursor = None
) -> Page[SyncRunResponse]:
    """The project's sync runs, the newest first."""
    before = _position(cursor)
    if await ProjectRepository(session).get_by_id(project_id, identity) is None:
        raise ProjectNotFound(project_id)
    found = await SyncRunRepository(session).list_all(project_id, before=before, limit=limit + 1)
    items = [SyncRunResponse.model_validate(run) for run in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(str(items[-1].id)) if len(found) > limit else None)


@router.get("/syncs/{sync_id}", response_model=SyncRunResponse, responses=problems(SyncNotFound))
async def get_sync(sync_id: UUID, session: SessionDep, identity: IdentityDep) -> SyncRun:
    """One sync run as it stands."""
    run = await SyncRunRepository(session).get_by_id(sync_id, identity)
    if run is None:
        raise SyncNotFound(sync_id)
    return run


@router.post(
    "/syncs/{sync_id}/cancel",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=SyncRunResponse,
    responses=problems(SyncNotFound, SyncNotRunning),
)
async def cancel_sync(sync_id: UUID, session: SessionDep, identity: IdentityDep) -> SyncRun:
    """Ask a queued or running sync to end: it is `cancelled` soon after and keeps the documents it has finished."""
    return await sync_service.cancel_sync(session, identity, sync_id)


@router.get("/stats/projects")
async def get_statistics(session: SessionDep, identity: IdentityDep) -> ProjectStatistics:
    """How many projects one may see, and their newest sync runs."""
    recent = await SyncRunRepository(session).list_newest(identity, limit=_RECENT)
    return ProjectStatistics(
        projects=await ProjectRepository(session).count(identity),
        recent_syncs=[SyncRunResponse.model_validate(run) for run in recent],
    )


def _position(cursor: str | None) -> UUID:
    key = decode_cursor(cursor, str)
    try:
        return UUID(str(key[0])) if key else _AFTER_ALL
    except ValueError as error:
        raise CursorInvalid("The cursor is damaged: start again without one.") from error
