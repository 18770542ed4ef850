"""Sources over HTTP."""

from fastapi import APIRouter, Response, status

from common.database import SessionDep
from common.fields import Cursor, Limit, PathId
from common.identity import IdentityDep
from common.pages import Page, decode_cursor, encode_cursor
from common.problems import CursorInvalid, problems
from projects import service, sync_service
from projects.errors import CREDENTIAL_FAULTS, ProjectNotFound, SourceNameTaken, SourceNotFound
from projects.models import Source
from projects.repository import ProjectRepository, SourceRepository
from projects.schemas import CheckStarted, SourceCreate, SourcePatch, SourceResponse, SyncStarted
from projects.sealing import Keys

router = APIRouter(prefix="/api", tags=["projects"])


@router.post(
    "/projects/{project_id}/sources",
    status_code=status.HTTP_201_CREATED,
    response_model=SourceResponse,
    responses=problems(ProjectNotFound, SourceNameTaken, *CREDENTIAL_FAULTS),
)
async def create_source(
    project_id: PathId,
    payload: SourceCreate,
    session: SessionDep,
    identity: IdentityDep,
    keys: Keys,
    *,
    response: Response,
) -> Source:
    """Add a git repository to the project. Only the form of the address is checked before the first sync."""
    source = await service.create_source(session, identity, keys, project_id, payload)
    response.headers["Location"] = f"/api/sources/{source.id}"
    return source


@router.get("/projects/{project_id}/sources", responses=problems(ProjectNotFound, CursorInvalid))
async def list_sources(
    project_id: PathId, session: SessionDep, identity: IdentityDep, limit: Limit = 50, cursor: Cursor = None
) -> Page[SourceResponse]:
    """The project's sources, the oldest first: that one is the project's `repo_url`."""
    key = decode_cursor(cursor, int)
    if await ProjectRepository(session).get_by_id(project_id, identity) is None:
        raise ProjectNotFound(project_id)
    after = int(key[0]) if key else 0
    found = await SourceRepository(session).list_all(project_id, after=after, limit=limit + 1)
    items = [SourceResponse.model_validate(source) for source in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(items[-1].id) if len(found) > limit else None)


@router.get("/sources/{source_id}", response_model=SourceResponse, responses=problems(SourceNotFound))
async def get_source(source_id: PathId, session: SessionDep, identity: IdentityDep) -> Source:
    """One source with the state of its syncs."""
    source = await SourceRepository(session).get_by_id(source_id, identity)
    if source is None:
        raise SourceNotFound(source_id)
    return source


@router.patch(
    "/sources/{source_id}",
    response_model=SourceResponse,
    responses=problems(SourceNotFound, SourceNameTaken, *CREDENTIAL_FAULTS),
)
async def change_source(
    source_id: PathId, payload: SourcePatch, session: SessionDep, identity: IdentityDep, keys: Keys
) -> Source:
    """Change what is given and nothing else; the documents follow at the next sync.

    An address with another scheme, host or port drops the credential unless a new one comes with it.
    """
    return await service.change_source(session, identity, keys, source_id, payload)


@router.delete("/sources/{source_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(SourceNotFound))
async def delete_source(source_id: PathId, session: SessionDep, identity: IdentityDep) -> None:
    """Delete the source with its sync runs and documents. The repository stays as it is."""
    await service.delete_source(session, identity, source_id)


@router.post("/sources/{source_id}/sync", status_code=status.HTTP_202_ACCEPTED, responses=problems(SourceNotFound))
async def sync_source(source_id: PathId, session: SessionDep, identity: IdentityDep) -> SyncStarted:
    """Bring the documents of this source up to date with its repository. Joins a run that still waits in the queue."""
    run = await sync_service.sync_source(session, identity, source_id)
    return SyncStarted.of(run.project_id, [run])


@router.post("/sources/{source_id}/reindex", status_code=status.HTTP_202_ACCEPTED, responses=problems(SourceNotFound))
async def reindex_source(source_id: PathId, session: SessionDep, identity: IdentityDep) -> SyncStarted:
    """Make the index of this source anew from what was synced. Joins a re-index that still waits in the queue."""
    run = await sync_service.sync_source(session, identity, source_id, "reindex")
    return SyncStarted.of(run.project_id, [run])


@router.post("/sources/{source_id}/check", status_code=status.HTTP_202_ACCEPTED, responses=problems(SourceNotFound))
async def check_source(source_id: PathId, session: SessionDep, identity: IdentityDep) -> CheckStarted:
    """Ask the remote for its newest commit, without syncing: the source's `is_behind` and `remote_…` fields tell."""
    await service.check_source(session, identity, source_id)
    return CheckStarted(message="Check started", source_id=source_id)
