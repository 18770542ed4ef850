"""Whether a project exists: our own sources say yes; only the projects service can say no."""

from typing import Annotated

import structlog
from fastapi import Depends, Request
from sqlalchemy import exists, select

from common.database import Database
from common.fields import PathId
from common.http_client import ServiceClient, ServiceUnavailable
from common.identity import HEADER, IdentityDep
from documents.errors import ProjectNotFound, ProjectsUnavailable
from documents.models import Source

log = structlog.get_logger(__name__)


async def require_known_project(project_id: PathId, request: Request, identity: IdentityDep) -> int:
    """The id of a project that the identity may see. Raises ProjectNotFound, ProjectsUnavailable.

    A project that was created a moment ago may not have reached us as an event yet, so a missing one is asked for.
    """
    if not identity.may_see(project_id):
        raise ProjectNotFound(project_id)
    if not await _has_source(request.app.state.database, project_id):
        await _ask_projects(request.app.state.projects, project_id, request.headers.get(HEADER, ""))
    return project_id


KnownProject = Annotated[int, Depends(require_known_project)]


async def _has_source(database: Database, project_id: int) -> bool:
    living = select(exists().where(Source.project_id == project_id, Source.is_deleted.is_(False)))
    async with database.sessions() as session:
        return bool(await session.scalar(living))


async def _ask_projects(projects: ServiceClient, project_id: int, token: str) -> None:
    try:
        answer = await projects.request("GET", f"/api/projects/{project_id}", headers={HEADER: token}, idempotent=True)
    except ServiceUnavailable as error:
        raise ProjectsUnavailable from error
    if answer.status_code == 404:
        raise ProjectNotFound(project_id)
    if answer.status_code != 200:
        log.warning("project.not_told", project_id=project_id, status=answer.status_code)
        raise ProjectsUnavailable
