"""What users may change about projects and sources, and what follows from it."""

from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from common.events import publish
from common.identity import Identity
from common.sealing import SealingKeys
from projects.credentials import Password, Prepared, SshKey, Token, fits, origin, prepare
from projects.errors import (
    CredentialDoesNotFit,
    CredentialsNotConfigured,
    ProjectHasNoSource,
    ProjectNotFound,
    SourceNotFound,
)
from projects.events import (
    ProjectCreated,
    ProjectDeleted,
    ProjectUpdated,
    SourceCheckRequested,
    SourceCreated,
    SourceDeleted,
    SourceUpdated,
)
from projects.locations import repository_name
from projects.models import Project, Source
from projects.repository import ProjectRepository, SourceRepository
from projects.schedules import next_time
from projects.schemas import ProjectCreate, ProjectPatch, SourceCreate, SourcePatch
from projects.sealing import credential_place

log = structlog.get_logger(__name__)

_DEFINITION = {"repo_url", "branch", "docs_path"}
_PUBLISHED = _DEFINITION | {"name", "credential_sealed"}
# With another one of these, nothing is known of the remote any more.
_REMOTE = {"repo_url", "branch", "credential_sealed"}
_UNKNOWN_REMOTE = dict.fromkeys(
    ("remote_commit_sha", "remote_checked_at", "remote_error_code", "remote_error_detail"), None
)
_NO_CREDENTIAL = {"credential_kind": None, "credential_sealed": None}


async def create_project(session: AsyncSession, keys: SealingKeys | None, payload: ProjectCreate) -> Project:
    """A project with its first source. Raises ProjectNameTaken and what `create_source` raises."""
    credential = await _prepared(payload.credential, keys)
    project = await ProjectRepository(session).create(payload.name, payload.description)
    fact = ProjectCreated(project_id=project.id, name=project.name, description=project.description)
    await publish(session, fact)
    definition = payload.model_dump(include=_DEFINITION)
    await _add_source(session, keys, project.id, definition | {"name": repository_name(payload.repo_url)}, credential)
    await session.refresh(project)
    log.info("project.created", project_id=project.id)
    return project


async def change_project(session: AsyncSession, identity: Identity, project_id: int, payload: ProjectPatch) -> Project:
    """Change what is given. Raises ProjectNotFound, ProjectNameTaken, ProjectHasNoSource."""
    project = await _locked_project(session, identity, project_id)
    own = _differing(project, payload.model_dump(exclude_unset=True, exclude=_DEFINITION))
    if own:
        await ProjectRepository(session).change(project, own | {"updated_at": func.now()})
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


async def create_source(
    session: AsyncSession, identity: Identity, keys: SealingKeys | None, project_id: int, payload: SourceCreate
) -> Source:
    """Raises ProjectNotFound, SourceNameTaken and what is wrong with a credential."""
    credential = await _prepared(payload.credential, keys)
    await _locked_project(session, identity, project_id)
    return await _add_source(session, keys, project_id, payload.model_dump(exclude={"credential"}), credential)


async def change_source(
    session: AsyncSession, identity: Identity, keys: SealingKeys | None, source_id: int, payload: SourcePatch
) -> Source:
    """Change what is given; what was synced stays until the next sync.

    Raises SourceNotFound, SourceNameTaken and what is wrong with a credential.
    """
    credential = await _prepared(payload.credential, keys)
    source = await locked_source(session, identity, source_id)
    given = payload.model_dump(exclude_unset=True, exclude={"credential"})
    if "credential" in payload.model_fields_set:
        given |= _sealed(keys, source_id, credential)
    await _change_source(session, source, given)
    await session.refresh(source)
    return source


async def delete_source(session: AsyncSession, identity: Identity, source_id: int) -> None:
    """Delete it and its sync runs. Raises SourceNotFound."""
    source = await locked_source(session, identity, source_id)
    await publish(session, SourceDeleted(source_id=source_id, project_id=source.project_id))
    await SourceRepository(session).delete(source_id)
    log.info("source.deleted", source_id=source_id, project_id=source.project_id)


async def check_source(session: AsyncSession, identity: Identity, source_id: int) -> None:
    """Have the remote asked whether it has something new. Raises SourceNotFound."""
    source = await locked_source(session, identity, source_id)
    await publish(session, SourceCheckRequested(source_id=source_id, project_id=source.project_id))
    log.info("source.check_requested", source_id=source_id, project_id=source.project_id)


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


async def _prepared(given: SecretStr | Token | Password | SshKey | None, keys: SealingKeys | None) -> Prepared | None:
    """Before anything is locked: it may take seconds. Raises CredentialsNotConfigured, CredentialInvalid."""
    if given is None:
        return None
    if keys is None:
        raise CredentialsNotConfigured
    return await prepare(given)


def _sealed(keys: SealingKeys | None, source_id: int, credential: Prepared | None) -> dict[str, str | None]:
    """The values of the row that hold this credential; its place is the row's."""
    if keys is None or credential is None:
        return dict(_NO_CREDENTIAL)
    sealed = keys.seal(credential.content, credential_place(source_id))
    return {"credential_kind": credential.kind, "credential_sealed": sealed}


async def _add_source(
    session: AsyncSession,
    keys: SealingKeys | None,
    project_id: int,
    values: Mapping[str, Any],
    credential: Prepared | None,
) -> Source:
    if credential is not None and not fits(credential.kind, values["repo_url"]):
        raise CredentialDoesNotFit
    sources = SourceRepository(session)
    source = await sources.create({"project_id": project_id, **values})
    await sources.change(source, _sealed(keys, source.id, credential) | await _next_sync(session, source.schedule))
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
    values = _with_credential(source, given) | _differing(source, given)
    if not values:
        return False
    if "schedule" in values:
        values |= await _next_sync(session, values["schedule"])
    if "repo_url" in values:
        values["default_branch"] = None
    if has_other_remote := bool(values.keys() & _REMOTE):
        values |= _UNKNOWN_REMOTE | {"remote_since": func.now()}
    await SourceRepository(session).change(source, values | {"updated_at": func.now()})
    if values.keys() & _PUBLISHED:
        await publish(session, SourceUpdated(**_described(source)))
    if has_other_remote:
        await publish(session, SourceCheckRequested(source_id=source.id, project_id=source.project_id))
    log.info("source.updated", source_id=source.id, project_id=source.project_id, changed=sorted(values))
    return True


def _with_credential(source: Source, given: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of the credential. Raises CredentialDoesNotFit."""
    repo_url = given.get("repo_url", source.repo_url)
    kind = given.get("credential_kind")
    if kind is not None and not fits(kind, repo_url):
        raise CredentialDoesNotFit
    if kind is None and source.credential_kind is None:
        return {}
    if "credential_kind" in given:
        return {name: given[name] for name in _NO_CREDENTIAL}
    # It was given for another server, which it must not be shown to.
    return dict(_NO_CREDENTIAL) if origin(repo_url) != origin(source.repo_url) else {}


async def _next_sync(session: AsyncSession, schedule: str | None) -> dict[str, Any]:
    if schedule is None:
        return {"next_sync_at": None}
    return {"next_sync_at": next_time(schedule, (await session.execute(select(func.now()))).scalar_one())}


def _described(source: Source) -> dict[str, Any]:
    return {
        "source_id": source.id,
        "project_id": source.project_id,
        "name": source.name,
        "repo_url": source.repo_url,
        "branch": source.branch,
        "docs_path": source.docs_path,
        "has_credential": source.has_credential,
    }


def _differing(row: Project | Source, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the given values that the row doesn't have; sealed ones are the business of `_with_credential`."""
    return {name: value for name, value in given.items() if name not in _NO_CREDENTIAL and getattr(row, name) != value}
