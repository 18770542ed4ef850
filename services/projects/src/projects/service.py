"""What users may change about projects and sources, and what follows from it."""

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from common.events import publish
from common.identity import Identity
from projects.errors import ProjectHasNoSource, ProjectNotFound, SourceNotFound
from projects.events import (
    ProjectCreated,
    ProjectDeleted,
    ProjectUpdated,
    SourceCreated,
    SourceDeleted,
    SourceUpdated,
)
from projects.locations import repository_name
from projects.models import Project, Source
from projects.repository import ProjectRepository, SourceRepository
from projects.schemas import ProjectCreate, ProjectPatch, SourceCreate, SourcePatch

log = structlog.get_logger(__name__)

_DEFINITION = {"repo_url", "branch", "docs_path"}
_NOT_STORED = {"credential", "schedule"}


async def create_project(session: AsyncSession, payload: ProjectCreate) -> Project:
    """A project with its first source. Raises ProjectNameTaken."""
    project = await ProjectRepository(session).create(payload.name, payload.description)
    fact = ProjectCreated(project_id=project.id, name=project.name, description=project.description)
    await publish(session, fact)
    definition = payload.model_dump(include=_DEFINITION)
    await _add_source(session, project.id, definition | {"name": repository_name(payload.repo_url)})
    await session.refresh(project)
    log.info("project.created", project_id=project.id)
    return project


async def change_project(session: AsyncSession, identity: Identity, project_id: int, payload: ProjectPatch) -> Project:
    """Change what is given. Raises ProjectNotFound, ProjectNameTaken, ProjectHasNoSource."""
    project = await _locked_project(session, identity, project_id)
    own = _differing(project, payload.model_dump(exclude_unset=True, exclude=_DEFINITION))
    if own:
        await ProjectRepository(session).change(project, own)
        fact = ProjectUpdated(project_id=project_id, name=project.name, description=project.description)
        await publish(session, fact)
    definition = payload.model_dump(exclude_unset=True, include=_DEFINITION)
    if definition and await _change_first_source(session, project_id, definition) and not own:
        await ProjectRepository(session).change(project, {"updated_at": func.now()})
    await session.refresh(project)
    log.info("project.updated", project_id=project_id)
    return project


async def delete_project(session: AsyncSession, identity: Identity, project_id: int) -> None:
    """Delete it with its sources and sync runs. Raises ProjectNotFound."""
    await _locked_project(session, identity, project_id)
    for source in await SourceRepository(session).list_all(project_id):
        await publish(session, SourceDeleted(source_id=source.id, project_id=project_id))
    await publish(session, ProjectDeleted(project_id=project_id))
    await ProjectRepository(session).delete(project_id)
    log.info("project.deleted", project_id=project_id)


async def create_source(session: AsyncSession, identity: Identity, project_id: int, payload: SourceCreate) -> Source:
    """Raises ProjectNotFound, SourceNameTaken."""
    await _locked_project(session, identity, project_id)
    return await _add_source(session, project_id, payload.model_dump(exclude=_NOT_STORED))


async def change_source(session: AsyncSession, identity: Identity, source_id: int, payload: SourcePatch) -> Source:
    """Change what is given; what was synced stays until the next sync. Raises SourceNotFound, SourceNameTaken."""
    source = await locked_source(session, identity, source_id)
    await _change_source(session, source, payload.model_dump(exclude_unset=True, exclude=_NOT_STORED))
    await session.refresh(source)
    return source


async def delete_source(session: AsyncSession, identity: Identity, source_id: int) -> None:
    """Delete it and its sync runs. Raises SourceNotFound."""
    source = await locked_source(session, identity, source_id)
    await publish(session, SourceDeleted(source_id=source_id, project_id=source.project_id))
    await SourceRepository(session).delete(source_id)
    log.info("source.deleted", source_id=source_id, project_id=source.project_id)


async def locked_source(session: AsyncSession, identity: Identity, source_id: int) -> Source:
    """The source as it is once its project is locked. Raises SourceNotFound."""
    sources = SourceRepository(session)
    source = await sources.get_by_id(source_id, identity)
    if source is not None:
        await ProjectRepository(session).lock(source.project_id, identity)
        source = await sources.get_by_id(source_id, identity)
    if source is None:
        raise SourceNotFound(source_id)
    return source


async def _locked_project(session: AsyncSession, identity: Identity, project_id: int) -> Project:
    projects = ProjectRepository(session)
    found = await projects.get_by_id(project_id, identity) if await projects.lock(project_id, identity) else None
    if found is None:
        raise ProjectNotFound(project_id)
    return found


async def _add_source(session: AsyncSession, project_id: int, values: Mapping[str, Any]) -> Source:
    source = await SourceRepository(session).create({"project_id": project_id, **values})
    await publish(session, SourceCreated(**_described(source)))
    await session.refresh(source)
    log.info("source.created", source_id=source.id, project_id=project_id)
    return source


async def _change_first_source(session: AsyncSession, project_id: int, given: Mapping[str, Any]) -> bool:
    sources = await SourceRepository(session).list_all(project_id, limit=1)
    if not sources:
        raise ProjectHasNoSource(project_id)
    return await _change_source(session, sources[0], given)


async def _change_source(session: AsyncSession, source: Source, given: Mapping[str, Any]) -> bool:
    """Whether anything was changed."""
    values = _differing(source, given)
    if not values:
        return False
    await SourceRepository(session).change(source, values)
    await publish(session, SourceUpdated(**_described(source)))
    log.info("source.updated", source_id=source.id, project_id=source.project_id)
    return True


def _described(source: Source) -> dict[str, Any]:
    return {
        "source_id": source.id,
        "project_id": source.project_id,
        "name": source.name,
        "repo_url": source.repo_url,
        "branch": source.branch,
        "docs_path": source.docs_path,
    }


def _differing(row: Project | Source, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the given values that the row doesn't have, with the time of the change."""
    values = {name: value for name, value in given.items() if getattr(row, name) != value}
    return values | {"updated_at": func.now()} if values else {}
