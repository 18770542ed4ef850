"""Reading and storing. Every method that serves a user takes their identity; the others say whom they serve."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from common.identity import Identity
from projects.errors import ProjectNameTaken, SourceNameTaken
from projects.models import Project, ProjectEvent, RunKind, Source, SyncRun, WebhookDelivery

DELIVERY_KEPT = timedelta(hours=1)
"""For how long the same message of a git host has no effect. Hosts don't date what they sign, so the third of three
pushes to and fro may look like the first; a replay after that only asks whether there is something new."""

EVENT_CHANNEL = "projects_event"
_WAKE = select(func.pg_notify(EVENT_CHANNEL, ""))
EVERYTHING = Identity(user_id="system", name="This service", projects=None)
"""The scope of what the service does by itself, such as handling an event."""


class ProjectRepository:
    """Projects, as far as an identity may see them."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get_by_id(self, project_id: int, identity: Identity) -> Project | None:
        return await self.session.scalar(
            select(Project).where(Project.id == project_id, identity.visible(Project.id)),
            execution_options={"populate_existing": True},
        )

    async def list_all(self, identity: Identity, *, after: int, limit: int) -> Sequence[Project]:
        """At most `limit` projects with ids above `after`, in the order of their ids."""
        found = await self.session.scalars(
            select(Project).where(Project.id > after, identity.visible(Project.id)).order_by(Project.id).limit(limit)
        )
        return found.all()

    async def create(self, name: str, description: str | None) -> Project:
        """Raises ProjectNameTaken."""
        project = Project()
        await self.change(project, {"name": name, "description": description})
        return project

    async def count(self, identity: Identity) -> int:
        query = select(func.count()).select_from(Project).where(identity.visible(Project.id))
        return (await self.session.scalar(query)) or 0

    async def change(self, project: Project, values: Mapping[str, Any]) -> None:
        """Set and write `values`. Raises ProjectNameTaken; the transaction stays usable."""
        try:
            await _write(self.session, project, values)
        except IntegrityError as error:
            raise ProjectNameTaken(values["name"]) from error

    async def lock(self, project_id: int, identity: Identity) -> bool:
        """Whether the project is there; if so, it stays and nobody else writes to it or below it until the commit.

        Every write below a project starts here: so the ids of its events are committed in their order, and no two
        writers can wait for each other.
        """
        found = await self.session.scalar(
            select(Project.id)
            .where(Project.id == project_id, identity.visible(Project.id))
            .with_for_update(key_share=True)
        )
        return found is not None

    async def delete(self, project_id: int) -> None:
        """Delete it and all below it, and wake the watchers at the commit."""
        await self.session.execute(delete(Project).where(Project.id == project_id))
        await self.session.execute(_WAKE)


class SourceRepository:
    """Sources of projects that an identity may see."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get_by_id(self, source_id: int, identity: Identity) -> Source | None:
        return await self.session.scalar(
            select(Source).where(Source.id == source_id, identity.visible(Source.project_id)),
            execution_options={"populate_existing": True},
        )

    async def list_all(self, project_id: int, *, after: int = 0, limit: int | None = None) -> Sequence[Source]:
        """The sources of one project with ids above `after`; the first one is the project's repository."""
        found = await self.session.scalars(
            select(Source)
            .where(Source.project_id == project_id, Source.id > after)
            .order_by(Source.id)
            .limit(limit)
            .execution_options(populate_existing=True)
        )
        return found.all()

    async def create(self, values: Mapping[str, Any]) -> Source:
        """Raises SourceNameTaken."""
        source = Source()
        await self.change(source, values)
        return source

    async def change(self, source: Source, values: Mapping[str, Any]) -> None:
        """Set and write `values`. Raises SourceNameTaken; the transaction stays usable."""
        try:
            await _write(self.session, source, values)
        except IntegrityError as error:
            raise SourceNameTaken(values["name"]) from error

    async def delete(self, source_id: int) -> None:
        """Delete it and its sync runs."""
        await self.session.execute(delete(Source).where(Source.id == source_id))

    async def credential(self, source_id: int) -> tuple[str, str] | None:
        """The sealed credential and the address that it is for, for another service that holds the keys."""
        query = select(Source.credential_sealed, Source.repo_url).where(Source.id == source_id)
        row = (await self.session.execute(query)).first()
        if row is None:
            return None
        sealed, repo_url = row
        return None if sealed is None else (sealed, repo_url)

    async def webhook_secret(self, source_id: int) -> str | None:
        """The sealed secret of the source's webhook, to check who calls it."""
        return await self.session.scalar(select(Source.webhook_secret_sealed).where(Source.id == source_id))

    async def set_webhook_secret(self, source_id: int, sealed: str | None) -> None:
        """Another secret, or none. Whatever was signed with the one before is forgotten: it is refused from now on."""
        values = {"webhook_secret_sealed": sealed, "has_webhook": sealed is not None}
        await self.session.execute(update(Source).where(Source.id == source_id).values(values))
        await self.session.execute(delete(WebhookDelivery).where(WebhookDelivery.source_id == source_id))

    async def remember_delivery(self, source_id: int, delivery_id: str) -> bool:
        """Whether it wasn't known yet, or has been forgotten since."""
        new = insert(WebhookDelivery).values(source_id=source_id, delivery_id=delivery_id)
        is_forgotten = WebhookDelivery.received_at < func.now() - DELIVERY_KEPT
        stored = await self.session.scalar(
            new.on_conflict_do_update(
                index_elements=[WebhookDelivery.source_id, WebhookDelivery.delivery_id],
                set_={"received_at": func.now()},
                where=is_forgotten,
            ).returning(WebhookDelivery.delivery_id)
        )
        return stored is not None

    async def forget_deliveries(self) -> None:
        """Those that are old enough to be taken in again."""
        is_forgotten = WebhookDelivery.received_at < func.now() - DELIVERY_KEPT
        await self.session.execute(delete(WebhookDelivery).where(is_forgotten))


class SyncRunRepository:
    """Sync runs of projects that an identity may see."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get_by_id(self, sync_id: uuid.UUID, identity: Identity) -> SyncRun | None:
        return await self.session.scalar(
            select(SyncRun).where(SyncRun.id == sync_id, identity.visible(SyncRun.project_id)),
            execution_options={"populate_existing": True},
        )

    async def list_all(self, project_id: int, *, before: uuid.UUID, limit: int) -> Sequence[SyncRun]:
        """At most `limit` runs of one project with ids below `before`, the newest first."""
        found = await self.session.scalars(
            select(SyncRun)
            .where(SyncRun.project_id == project_id, SyncRun.id < before)
            .order_by(SyncRun.id.desc())
            .limit(limit)
        )
        return found.all()

    async def list_newest(self, identity: Identity, *, limit: int) -> Sequence[SyncRun]:
        """At most `limit` runs of all projects that the identity may see, the newest first."""
        found = await self.session.scalars(
            select(SyncRun).where(identity.visible(SyncRun.project_id)).order_by(SyncRun.id.desc()).limit(limit)
        )
        return found.all()

    async def queued(self, project_id: int, kind: RunKind) -> dict[int, SyncRun]:
        """The queued run of this kind of each source of a project that has one, by the source's id."""
        found = await self.session.scalars(
            select(SyncRun)
            .where(SyncRun.project_id == project_id, SyncRun.kind == kind, SyncRun.status == "queued")
            .execution_options(populate_existing=True)
        )
        return {run.source_id: run for run in found}


class ProjectEventRepository:
    """What happened in a project, for those who watch it."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def append(self, project_id: int, kind: str, data: dict[str, Any]) -> None:
        """Note it and wake the watchers at the commit. The caller holds the project's lock."""
        self.session.add(ProjectEvent(project_id=project_id, type=kind, data=data))
        await self.session.flush()
        await self.session.execute(_WAKE)

    async def list_all(self, project_id: int, *, after: int, limit: int) -> Sequence[ProjectEvent]:
        """At most `limit` events of one project with ids above `after`, in their order."""
        found = await self.session.scalars(
            select(ProjectEvent)
            .where(ProjectEvent.project_id == project_id, ProjectEvent.id > after)
            .order_by(ProjectEvent.id)
            .limit(limit)
        )
        return found.all()

    async def newest(self, project_ids: Sequence[int]) -> dict[int, int]:
        """The id of the newest event (0 without any) of each of these projects that still exists."""
        last = select(func.max(ProjectEvent.id)).where(ProjectEvent.project_id == Project.id).scalar_subquery()
        found = await self.session.execute(
            select(Project.id, func.coalesce(last, 0)).where(Project.id.in_(project_ids))
        )
        return {row[0]: row[1] for row in found}

    async def prune(self, hours: int) -> None:
        """Forget what is older."""
        age = func.make_interval(0, 0, 0, 0, hours)
        await self.session.execute(delete(ProjectEvent).where(ProjectEvent.created_at < func.now() - age))


async def _write(session: AsyncSession, row: Project | Source, values: Mapping[str, Any]) -> None:
    """Within a savepoint. The values are set inside: entering one writes what was set before."""
    async with session.begin_nested():
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
