"""What happens by itself: old runs are forgotten, old keys taken out of use."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from uuid6 import uuid7

from common.database import Database
from common.sealing import SealingKeys, generate_key
from projects import housekeeping
from projects.app import create_app
from projects.housekeeping import KEPT_RUNS, RunHistory
from projects.resealing import Resealing
from projects.settings import Settings

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
_STORE = text("""
    INSERT INTO sync_run (id, project_id, source_id, kind, status, requested_at, finished_at)
    VALUES (:id, 1, :source_id, :kind, CAST(:status AS text), now() - make_interval(days => :days),
        CASE WHEN :status IN ('queued', 'running') THEN NULL ELSE now() - make_interval(days => :days) END)
""")


async def store_runs(
    database: Database, count: int, *, source_id: int = 1, kind: str = "sync", status: str = "succeeded", days: int = 0
) -> list[str]:
    """Runs in the order of their ids; the ids."""
    rows = [{"id": UUID(int=uuid7().int), "source_id": source_id, "kind": kind} for _ in range(count)]
    async with database.transaction() as session:
        await session.execute(_STORE, [row | {"status": status, "days": days} for row in rows])
    return [str(row["id"]) for row in rows]


async def left(database: Database, source_id: int = 1) -> list[str]:
    async with database.transaction() as session:
        query = text("SELECT id FROM sync_run WHERE source_id = :source_id ORDER BY id")
        return [str(one) for one in (await session.scalars(query, {"source_id": source_id})).all()]


async def test_the_newest_runs_of_each_source_stay(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "_BATCH", 20)
    await create_project()
    await client.post("/api/projects/1/sources", json={"name": "second", "repo_url": "/srv/x"})
    of_first = await store_runs(database, KEPT_RUNS + 55)
    of_second = await store_runs(database, KEPT_RUNS, source_id=2)
    assert await RunHistory(database).prune() == 55
    assert await left(database) == of_first[55:]
    assert await left(database, 2) == of_second
    assert await RunHistory(database).prune() == 0


async def test_old_runs_go_but_not_open_ones_nor_the_last_that_ended(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    await create_project()
    await store_runs(database, 3, days=100)
    [last] = await store_runs(database, 1, status="failed", days=95)
    [last_of_kind] = await store_runs(database, 1, kind="reindex", days=400)
    [running] = await store_runs(database, 1, status="running", days=300)
    assert await RunHistory(database).prune() == 3
    assert await left(database) == [last, last_of_kind, running]
    async with database.transaction() as session:
        await session.execute(text("UPDATE sync_run SET status = 'cancelled' WHERE status = 'running'"))
    assert (await client.get("/api/sources/1")).json()["sync_status"] == "failed"
    [newest] = await store_runs(database, 1)
    assert await RunHistory(database).prune() == 1
    assert await left(database) == [last_of_kind, running, newest]


async def sealed(database: Database) -> dict[str, str]:
    async with database.transaction() as session:
        rows = await session.execute(text("SELECT id, credential_sealed, webhook_secret_sealed FROM source"))
        places = ("credential", "webhook")
        return {f"projects.source.{places[i]}:{row[0]}": row[i + 1] for row in rows for i in (0, 1) if row[i + 1]}


async def test_secrets_of_older_keys_are_sealed_anew(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database, sealing_keys: SealingKeys
) -> None:
    await create_project("one", credential="first")
    await create_project("two", credential="second")
    await create_project("three")
    secret = (await client.post("/api/sources/3/webhook")).json()["secret"]
    updated = (await client.get("/api/sources/1")).json()["updated_at"]
    new = SealingKeys(SealingKeys.parse(generate_key()).keys | sealing_keys.keys)
    before = await sealed(database)
    await Resealing(database, new).run()
    after = await sealed(database)
    assert after.keys() == before.keys()
    assert all(new.is_current(one) for one in after.values())
    alone = SealingKeys({new.current: new.keys[new.current]})
    opened = {place: alone.open(one, place) for place, one in after.items()}
    tokens = [json.loads(opened[f"projects.source.credential:{number}"])["token"] for number in (1, 2)]
    assert (tokens, opened["projects.source.webhook:3"]) == (["first", "second"], secret)
    assert (await client.get("/api/sources/1")).json()["updated_at"] == updated
    await Resealing(database, alone).run()
    assert await sealed(database) == after, "nothing is left to do"


async def test_what_no_key_opens_is_left_as_it_is(
    create_project: CreateProject, database: Database, sealing_keys: SealingKeys
) -> None:
    await create_project("one", credential="first")
    await create_project("two", credential="second")
    async with database.transaction() as session:
        await session.execute(text("UPDATE source SET credential_sealed = 'v1.lost.AAAA' WHERE id = 1"))
    new = SealingKeys(SealingKeys.parse(generate_key()).keys | sealing_keys.keys)
    await Resealing(database, new).run()
    first, second = (await sealed(database)).values()
    assert first == "v1.lost.AAAA"
    assert new.is_current(second)


async def waiting(database: Database) -> int:
    async with database.transaction() as session:
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return (await session.execute(query)).scalar_one()


async def test_rotation_waits_for_a_writer_and_takes_what_it_wrote(
    create_project: CreateProject, database: Database, sealing_keys: SealingKeys
) -> None:
    await create_project(credential="before")
    place = "projects.source.credential:1"
    new = SealingKeys(SealingKeys.parse(generate_key()).keys | sealing_keys.keys)
    async with database.transaction() as session:
        await session.execute(text("SELECT id FROM project FOR NO KEY UPDATE"))
        rotating = asyncio.create_task(Resealing(database, new).run())
        async with asyncio.timeout(10):
            while not await waiting(database):
                await asyncio.sleep(0.01)
        written = {"sealed": sealing_keys.seal("after", place)}
        await session.execute(text("UPDATE source SET credential_sealed = :sealed"), written)
    await rotating
    assert new.open((await sealed(database))[place], place) == "after"


async def test_rotation_loses_nothing_that_is_written_meanwhile(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database, sealing_keys: SealingKeys
) -> None:
    for number in range(1, 6):
        await create_project(f"Project {number}", credential="before")
    rounds = 4
    latest = SealingKeys.parse(generate_key())

    async def write(source_id: int) -> None:
        for turn in range(rounds):
            answer = await client.patch(f"/api/sources/{source_id}", json={"credential": f"{source_id}-{turn}"})
            assert answer.status_code == 200

    async def rotate() -> None:
        nonlocal latest
        for _ in range(rounds):
            latest = SealingKeys(SealingKeys.parse(generate_key()).keys | latest.keys | sealing_keys.keys)
            await asyncio.gather(*(Resealing(database, latest).run() for _ in range(2)))

    await asyncio.gather(rotate(), *(write(number) for number in range(1, 6)))
    await Resealing(database, latest).run()
    rows = await sealed(database)
    assert all(latest.is_current(one) for one in rows.values())
    tokens = {place: json.loads(latest.open(one, place))["token"] for place, one in rows.items()}
    assert sorted(tokens.values()) == [f"{number}-{rounds - 1}" for number in range(1, 6)]


@pytest.fixture
def rotated(settings: Settings, sealing_keys: SealingKeys) -> Settings:
    """The service's settings after the operator put a new key before the others."""
    assert settings.sealing_keys is not None
    keys = f"{generate_key()},{settings.sealing_keys.get_secret_value()}"
    assert len(SealingKeys.parse(keys).keys) == len(sealing_keys.keys) + 1
    return settings.model_copy(update={"sealing_keys": SecretStr(keys)})


async def test_the_service_does_both_at_its_start(
    create_project: CreateProject, database: Database, rotated: Settings
) -> None:
    await create_project(credential="first")
    await store_runs(database, 2, days=100)
    assert rotated.sealing_keys is not None
    keys = SealingKeys.parse(rotated.sealing_keys.get_secret_value())
    app = create_app(rotated)
    async with app.router.lifespan_context(app), asyncio.timeout(15):
        while len(await left(database)) > 1 or not all(map(keys.is_current, (await sealed(database)).values())):
            await asyncio.sleep(0.05)
    [(place, one)] = (await sealed(database)).items()
    assert json.loads(keys.open(one, place))["token"] == "first"
