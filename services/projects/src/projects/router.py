"""Projects and what happens in them, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response, status
from fastapi.responses import StreamingResponse

from common.database import SessionDep
from common.fields import Cursor, Limit, PathId
from common.identity import IdentityDep
from common.pages import Page, decode_cursor, encode_cursor
from common.problems import CursorInvalid, Forbidden, problems
from projects import service, sync_service
from projects.errors import CREDENTIAL_FAULTS, ProjectHasNoSource, ProjectNameTaken, ProjectNotFound
from projects.models import Project
from projects.repository import ProjectRepository
from projects.schemas import ProjectCreate, ProjectPatch, ProjectResponse, SyncStarted
from projects.sealing import Keys
from projects.stream import EventFeed, start_position

router = APIRouter(prefix="/api/projects", tags=["projects"])


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=ProjectResponse,
    responses=problems(Forbidden, ProjectNameTaken, *CREDENTIAL_FAULTS),
)
async def create_project(
    payload: ProjectCreate, session: SessionDep, identity: IdentityDep, keys: Keys, response: Response
) -> Project:
    """Register a project with the git repository of its documents, which becomes its first source.

    Only the form of the address is checked; the repository is first asked when it is synced. Needs an administrator.
    """
    identity.require_admin()
    project = await service.create_project(session, keys, payload)
    response.headers["Location"] = f"/api/projects/{project.id}"
    return project


@router.get("", responses=problems(CursorInvalid))
async def list_projects(
    session: SessionDep, identity: IdentityDep, limit: Limit = 50, cursor: Cursor = None
) -> Page[ProjectResponse]:
    """The projects that you may see, the oldest first."""
    key = decode_cursor(cursor, int)
    found = await ProjectRepository(session).list_all(identity, after=int(key[0]) if key else 0, limit=limit + 1)
    items = [ProjectResponse.model_validate(project) for project in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(items[-1].id) if len(found) > limit else None)


@router.get("/{project_id}", response_model=ProjectResponse, responses=problems(ProjectNotFound))
async def get_project(project_id: PathId, session: SessionDep, identity: IdentityDep) -> Project:
    """One project with the state of its syncs."""
    project = await ProjectRepository(session).get_by_id(project_id, identity)
    if project is None:
        raise ProjectNotFound(project_id)
    return project


@router.patch(
    "/{project_id}",
    response_model=ProjectResponse,
    responses=problems(ProjectNotFound, ProjectNameTaken, ProjectHasNoSource),
)
async def change_project(
    project_id: PathId, payload: ProjectPatch, session: SessionDep, identity: IdentityDep
) -> Project:
    """Change what is given and nothing else. Address, branch and folder are those of the project's first source."""
    return await service.change_project(session, identity, project_id, payload)


@router.delete("/{project_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(ProjectNotFound))
async def delete_project(project_id: PathId, session: SessionDep, identity: IdentityDep) -> None:
    """Delete the project with its sources, sync runs, documents and conversations; the repositories stay."""
    await service.delete_project(session, identity, project_id)


@router.post(
    "/{project_id}/sync",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(ProjectNotFound, ProjectHasNoSource),
)
async def sync_project(project_id: PathId, session: SessionDep, identity: IdentityDep) -> SyncStarted:
    """Bring the documents of all its sources up to date with their repositories.

    Answers at once; follow the runs at `/api/projects/{project_id}/events`. A source whose sync still waits in the
    queue gets no second one.
    """
    runs = await sync_service.sync_project(session, identity, project_id)
    return SyncStarted.of(project_id, runs)


@router.post(
    "/{project_id}/reindex",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(ProjectNotFound, ProjectHasNoSource),
)
async def reindex_project(project_id: PathId, session: SessionDep, identity: IdentityDep) -> SyncStarted:
    """Make the index of all its sources anew from what was synced, without asking the repositories.

    The old index answers until the new one is complete. For after a change of the embedding model or of a parser.
    """
    runs = await sync_service.sync_project(session, identity, project_id, "reindex")
    return SyncStarted.of(project_id, runs)


@router.get(
    "/{project_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Server-sent events"},
        **problems(ProjectNotFound),
    },
)
async def watch_project(
    project_id: PathId,
    request: Request,
    session: SessionDep,
    identity: IdentityDep,
    last_event_id: Annotated[str | None, Header(description="The `id` of the last event received.")] = None,
) -> StreamingResponse:
    """What happens in the project from now on, or after the event named by `Last-Event-ID` (kept for a day).

    Events `sync.queued|started|progressed|succeeded|failed|cancelled` carry a SyncRun, `source.checked` a Source,
    `document.changed` and `document.removed` the document's ids and path. A comment every 15 seconds keeps the
    connection; the stream ends when the project is deleted.
    """
    if await ProjectRepository(session).get_by_id(project_id, identity) is None:
        raise ProjectNotFound(project_id)
    position = await start_position(session, project_id, last_event_id)
    feed: EventFeed = request.app.state.event_feed
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(feed.follow(project_id, position), headers=headers, media_type="text/event-stream")
