"""One trial: faults while a repository is pushed to and synced, then peace, then the questions."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg

from tests.faults import audit, copies, invariants
from tests.faults.hindrances import hindered, hindrances
from tests.faults.pushing import BusyRepository, pushed_to
from tests.faults.stack import Stack, TransportName
from tests.faults.victims import victims

_SETTLE_SECONDS = 90.0
_DEAD_WORDS = 3


@dataclass
class Trial:
    """What was done, and what came of it. Seconds are from the last fault on; None where it never came to that."""

    transport: TransportName
    number: int
    kills: Counter[str] = field(default_factory=Counter[str])
    hindrances: Counter[str] = field(default_factory=Counter[str])
    copies: int = 0
    late: int = 0
    syncs: int = 0
    pushes: int = 0
    relays_caught: int = 0
    runs: Counter[str] = field(default_factory=Counter[str])
    well_seconds: float | None = None
    synced_seconds: float | None = None
    settled_seconds: float | None = None
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list[str])

    def line(self) -> str:
        faults = ", ".join([*self.kills.elements(), *self.hindrances.elements()])
        end = f"{len(self.violations)} VIOLATIONS" if self.violations else "ok"
        reached = {"well": self.well_seconds, "synced": self.synced_seconds, "settled": self.settled_seconds}
        moments = ", ".join(f"{name} " + ("never" if s is None else f"{s:.1f} s") for name, s in reached.items())
        done = f"{self.pushes} pushes, {self.syncs} syncs; {faults}"
        return f"{self.transport} {self.number}: {end}; {done}; {moments} later; {self.seconds:.1f} s in all"


class Trials:
    """Trials on one stack, which goes on from each to the next; the project changes now and then."""

    def __init__(self, stack: Stack, seed: str, documents: tuple[int, int] = (60, 120)) -> None:
        self._stack = stack
        self._documents = documents  # at least and at most, to begin with
        self._seed = seed
        self._repository: BusyRepository | None = None
        self._project = self._source = 0

    async def begin(self) -> None:
        await self._stack.start()
        async with self._stack.admin() as admin:
            await audit.install(admin)

    async def run(self, number: int, wanted: Sequence[str] = ()) -> Trial:
        """A trial with 1 to 3 kills, or the wanted ones; its chances depend on the seed and its number alone.

        Raises nothing: an exception is a violation, too.
        """
        began, since = time.monotonic(), datetime.now(UTC)
        trial = Trial(self._stack.transport, number)
        self._stack.complaints.clear()
        self._stack.relays_caught = 0
        try:
            await self._try(trial, wanted, since)
        except Exception as error:  # noqa: BLE001 - whatever it was, the other trials and the report are wanted
            trial.violations.append(repr(error))
        trial.violations += dict.fromkeys(self._stack.complaints)
        trial.relays_caught = self._stack.relays_caught
        trial.seconds = time.monotonic() - began
        return trial

    async def _try(self, trial: Trial, wanted: Sequence[str], since: datetime) -> None:
        number = trial.number
        chance = random.Random(f"{self._seed}/{self._stack.transport}/{number}")
        if self._repository is None or chance.random() < 0.3:
            await self._new_project(f"t{number}", chance)
        repository = self._repository
        assert repository is not None
        pushes = repository.pushes
        async with pushed_to(repository, f"{self._seed}/{number}"), self._asked(trial, chance):
            names = wanted or chance.choices(sorted(victims(self._stack)), k=chance.randint(1, 3))
            for name in names:
                await self._hurt(trial, chance, name)
        trial.pushes = repository.pushes - pushes
        await self._question(trial, chance, repository)
        async with self._stack.admin() as admin:
            trial.violations += await _judge_runs(admin, trial, since)

    async def _new_project(self, name: str, chance: random.Random) -> None:
        """Another repository; the project before is deleted, and nobody waits until it is gone."""
        stack, former = self._stack, self._project
        self._repository = BusyRepository(name, stack.folder, stack.repositories, f"{self._seed}/{name}")
        await asyncio.to_thread(self._repository.fill, chance.randint(*self._documents))
        body = {"name": name, "repo_url": f"http://127.0.0.1:{stack.git_proxy.port}/{name}.git"}
        answer = await stack.client.post("/api/projects", json=body)
        assert answer.status_code == 201, answer.text
        self._project = answer.json()["id"]
        sources = await stack.client.get(f"/api/projects/{self._project}/sources")
        self._source = sources.json()["items"][0]["id"]
        if former:
            assert (await stack.client.delete(f"/api/projects/{former}")).status_code == 204

    @asynccontextmanager
    async def _asked(self, trial: Trial, chance: random.Random) -> AsyncGenerator[None]:
        """Somebody asks for syncs all the time, now and then for a re-index, a cancellation or another name."""
        own = random.Random(chance.random())

        async def ask() -> None:
            while True:
                answer = await self._stack.ask("POST", f"/api/projects/{self._project}/sync")
                trial.syncs += answer is not None
                if answer is not None and own.random() < 0.1:
                    await self._stack.ask("POST", f"/api/syncs/{answer['syncs'][0]['id']}/cancel")
                if own.random() < 0.1:
                    await self._stack.ask("POST", f"/api/sources/{self._source}/reindex")
                if own.random() < 0.1:
                    await self._stack.ask("PATCH", f"/api/sources/{self._source}", {"name": f"n{own.random()}"})
                await asyncio.sleep(own.uniform(0.1, 0.8))  # people don't ask without a pause

        task = asyncio.create_task(ask())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _hurt(self, trial: Trial, chance: random.Random, victim: str) -> None:
        """Kill the victim at a random moment; in one of four cases while something else is wrong."""
        self._stack.is_disturbed = True
        async with AsyncExitStack() as also:
            if chance.random() < 0.25:
                name = chance.choice(sorted(hindrances(self._stack)))
                await also.enter_async_context(hindered(name, self._stack, chance, trial.hindrances))
            await asyncio.sleep(chance.uniform(0.1, 2.0))  # the moment is what is random
            trial.kills[victim] += await victims(self._stack)[victim](self._stack, chance)
        trial.kills, trial.hindrances = +trial.kills, +trial.hindrances

    async def _question(self, trial: Trial, chance: random.Random, repository: BusyRepository) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not await self._stack.is_well():
                    self._stack.launch_if_ended()
                    await asyncio.sleep(0.05)  # between two readings of a condition with a deadline
                self._stack.is_disturbed = False
                trial.well_seconds = time.monotonic() - began
                run = await self._last_sync()
                trial.synced_seconds = time.monotonic() - began
        except TimeoutError:
            trial.violations.append(f"no sync succeeded within {_SETTLE_SECONDS:.0f} s of the last fault")
            return
        if run["status"] == "failed":
            trial.violations.append(f"the last sync failed: {run['error_code']} {run['error_detail']}")
            return
        trial.violations += await self._settled(began)
        if not trial.violations:
            trial.settled_seconds = time.monotonic() - began
            trial.violations += await self._sync_in_vain()
            trial.violations += await self._answers(repository)
            await self._send_again(trial, chance, repository)

    async def _last_sync(self) -> dict[str, Any]:
        """Asked for after the last push, so it must see that; followed to its end.

        Where it joined a run that had just been cancelled or had failed, that run says so for a moment and then begins
        anew: such an end only counts when nothing is on its way any more.
        """
        while (started := await self._stack.ask("POST", f"/api/projects/{self._project}/sync")) is None:
            await asyncio.sleep(0.1)  # between two readings of a condition with a deadline
        path = f"/api/syncs/{started['syncs'][0]['id']}"
        while True:
            was_quiet = await self._is_quiet()
            run = await self._stack.ask("GET", path)
            if run and (run["status"] == "succeeded" or (run["status"] == "failed" and was_quiet)):
                return run
            await asyncio.sleep(0.1)  # as above

    async def _is_quiet(self) -> bool:
        async with self._stack.admin() as admin:
            return not await invariants.unfinished(admin)

    async def _sync_in_vain(self) -> list[str]:
        """One more sync, without a push, has nothing to do."""
        async with asyncio.timeout(_SETTLE_SECONDS):
            run = await self._last_sync()
        found = {name: run[name] for name in ("status", "files_changed", "chunks_embedded")}
        is_idle = found == {"status": "succeeded", "files_changed": 0, "chunks_embedded": 0}
        return ([] if is_idle else [f"a sync without a push: {found}"]) + await self._settled(time.monotonic())

    async def _settled(self, began: float) -> list[str]:
        """Wait until nothing is on its way any more; what is after all that time."""
        while True:
            async with self._stack.admin() as admin:
                unfinished = await invariants.unfinished(admin)
            if not unfinished or time.monotonic() - began > _SETTLE_SECONDS:
                return unfinished
            await asyncio.sleep(0.1)  # between two readings of a condition with a deadline

    async def _answers(self, repository: BusyRepository) -> list[str]:
        async with self._stack.admin() as admin:
            found = await invariants.violations(admin, self._source, repository)
        found += [f"nobody's process: {process.command}" for process in await self._stack.orphans()]
        for word in (await asyncio.to_thread(repository.dead_words))[-_DEAD_WORDS:]:
            answer = await self._stack.ask("POST", f"/api/projects/{self._project}/search", {"query": word})
            if answer is None or any(word in hit["text"] for hit in answer["results"]):
                found.append(f"the search for {word}, which no document has any more, says {answer}")
        return found

    async def _send_again(self, trial: Trial, chance: random.Random, repository: BusyRepository) -> None:
        async with self._stack.admin() as admin:
            before = await _state(admin)
            trial.copies, trial.late = await copies.send_again(self._stack, admin, chance)
            trial.violations += await self._settled(time.monotonic())
            after = await _state(admin)
            trial.violations += await invariants.violations(admin, self._source, repository)
        changed = [table for table in before if before[table] != after[table]]
        trial.violations += [f"copies or old events changed {table}" for table in changed]


_STATE = """
    SELECT md5(string_agg((to_jsonb(t) - $1::text[])::text, E'\\n' ORDER BY t.{key})) FROM {table} t
"""
_TABLES = {
    "projects.sync_run": "id",
    "projects.source": "id",
    "documents.source": "id",
    "documents.sync_job": "id",
    "documents.document": "id",
    "chat.document_version": "document_id",
}
# Checks of remotes go on by themselves.
_OF_CHECKS = [
    "remote_commit_sha",
    "remote_checked_at",
    "remote_sequence",
    "remote_error_code",
    "remote_error_detail",
    "check_requested_at",
    "check_lease_until",
]
_RUNS = """
    SELECT kind, status, error_code, count(*), min(error_detail) FROM projects.sync_run WHERE requested_at >= $1
    GROUP BY kind, status, error_code
"""
_GIT_CODES = {"FETCH_TIMEOUT", "FETCH_FAILED", "REPOSITORY_UNREACHABLE"}
# An answer that ends within its head is a listing of nothing to git.
_CUT_OFF_CODES = {"REPOSITORY_EMPTY", "BRANCH_NOT_FOUND"}


async def _judge_runs(admin: asyncpg.Connection, trial: Trial, since: datetime) -> list[str]:
    """Count the runs by how they ended; those that failed without a fault of this trial that explains it."""
    faults = [*trial.kills, *trial.hindrances]
    excused = _GIT_CODES if any(name.split()[0] == "git" for name in faults) else set[str]()
    excused = excused | (_CUT_OFF_CODES if "git answers end early" in faults else set[str]())
    excused = excused | ({"EMBEDDING_UNAVAILABLE"} if "embedding child" in faults else set[str]())
    found: list[str] = []
    for kind, status, code, count, detail in await admin.fetch(_RUNS, since):
        trial.runs[" ".join(filter(None, (kind, status, code)))] += count
        if status == "failed" and code not in excused:
            found.append(f"{count} of kind {kind} failed: {code} {detail}")
    return found


async def _state(admin: asyncpg.Connection) -> dict[str, Any]:
    """What events have made, table by table."""
    queries = {table: _STATE.format(table=table, key=key) for table, key in _TABLES.items()}
    return {table: await admin.fetchval(query, _OF_CHECKS) for table, query in queries.items()}
