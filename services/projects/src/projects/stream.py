"""What happens in a project, as server-sent events.

Watchers hold no connection to the database while they wait. One poll per process asks for all watched projects at once;
a notification only makes it come sooner.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from common.database import Database
from common.events.wakeup import WakeUps
from common.fields import MAX_ID
from projects.background import Background
from projects.models import ProjectEvent
from projects.repository import EVENT_CHANNEL, ProjectEventRepository

WATCHERS = Gauge("projects_event_watchers", "Open event streams")
COMMENT = b": still here\n\n"
_BATCH = 200
_KEPT_HOURS = 24
_PRUNE_SECONDS = 600.0


async def start_position(session: AsyncSession, project_id: int, last_event_id: str | None) -> int:
    """The id after which a watcher begins: the one it names, or the newest where it names none of ours."""
    newest = (await ProjectEventRepository(session).newest([project_id])).get(project_id, 0)
    named = last_event_id or ""
    if not (named.isascii() and named.isdigit() and len(named) < len(str(MAX_ID))):
        return newest
    return min(int(named), newest)


class Watch:
    """One watcher's place in the feed."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.is_over = False


class EventFeed:
    """Wakes the watchers of a process. Start and stop it in the lifespan."""

    def __init__(self, database: Database, *, poll_seconds: float = 2.0, comment_seconds: float = 15.0) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._comment_seconds = comment_seconds
        self._watches: dict[int, set[Watch]] = {}
        self._known: dict[int, int] = {}
        self._wakeups = WakeUps(database)
        self._notified = self._wakeups.event(EVENT_CHANNEL)
        self._background = Background(self._wakeups.run, self.poll, self._prune)

    async def start(self) -> None:
        """Begin to listen, to poll and to forget what is old."""
        await self._background.start()

    async def stop(self) -> None:
        """Stop all; the streams that are open end."""
        await self._background.stop()
        for watch in self._all():
            watch.is_over = True
            watch.changed.set()

    async def follow(self, project_id: int, position: int) -> AsyncIterator[bytes]:
        """The project's events after `position`, as they come, until it is deleted."""
        with self._watching(project_id) as watch:
            yield COMMENT  # headers and a first byte at once: the client knows that it is connected
            while True:
                watch.changed.clear()
                for event in await self._read(project_id, position):
                    position = event.id
                    yield _encode(event)
                    watch.changed.set()  # there may be more than one batch
                if watch.is_over:
                    return
                if not await _set_within(watch.changed, self._comment_seconds):
                    yield COMMENT

    @contextmanager
    def _watching(self, project_id: int) -> Generator[Watch]:
        watch = Watch()
        self._watches.setdefault(project_id, set()).add(watch)
        WATCHERS.inc()
        try:
            yield watch
        finally:
            WATCHERS.dec()
            self._watches[project_id].discard(watch)
            if not self._watches[project_id]:
                del self._watches[project_id]
                self._known.pop(project_id, None)

    async def _read(self, project_id: int, position: int) -> list[ProjectEvent]:
        async with self._database.transaction() as session:
            return list(await ProjectEventRepository(session).list_all(project_id, after=position, limit=_BATCH))

    async def poll(self) -> None:
        """Ask for all watched projects, again and again. Raises when the database is down: call it again."""
        while True:
            await _set_within(self._notified, self._poll_seconds)
            self._notified.clear()
            if self._watches:
                await self._wake()

    async def _wake(self) -> None:
        watched = list(self._watches)
        async with self._database.transaction() as session:
            newest = await ProjectEventRepository(session).newest(watched)
        for project_id in watched:
            last = newest.get(project_id)
            if last is not None and last <= self._known.get(project_id, -1):
                continue
            for watch in self._watches.get(project_id, ()):
                watch.is_over = last is None
                watch.changed.set()
            if last is not None and project_id in self._watches:
                self._known[project_id] = last

    async def _prune(self) -> None:
        while True:
            async with self._database.transaction() as session:
                await ProjectEventRepository(session).prune(_KEPT_HOURS)
            await asyncio.sleep(_PRUNE_SECONDS)

    def _all(self) -> list[Watch]:
        return [watch for watches in self._watches.values() for watch in watches]


def _encode(event: ProjectEvent) -> bytes:
    # JSON has no line breaks of its own, so one data line is enough.
    return f"id: {event.id}\nevent: {event.type}\ndata: {json.dumps(event.data)}\n\n".encode()


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
