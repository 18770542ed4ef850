"""Leases, fences, attempts, order, clean-up and dead letters of the inbox."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from common.events import Envelope
from common.events.envelope import encode
from common.events.inbox import Claim, Inbox, LeaseLost, dead_letters, discard, replay
from common.events.tasks import end_tasks
from common.events.worker import InboxWorker
from common.testing.event_probe import FAST, Probe, consumers_of
from common.testing.event_world import World, eventually


async def test_claims_go_in_order_and_an_open_one_holds_its_stream(world: World) -> None:
    probe, inbox = await stocked(world, ["a", "b"], 2)
    first = await claimed(inbox)
    second = await claimed(inbox)
    assert {await place(probe, first), await place(probe, second)} == {("a", 1), ("b", 1)}
    assert await inbox.claim(60) is None
    await inbox.retry(first, "not yet", delay=3600)
    assert await inbox.claim(60) is None  # the later one of its stream waits, too
    await inbox.bury(second, "never")
    third = await claimed(inbox)
    stream = await place(probe, second)
    assert await place(probe, third) == (stream[0], 2)  # a dead letter holds nothing up


async def test_who_lost_the_lease_commits_nothing(world: World) -> None:
    probe, inbox = await stocked(world, ["a"], 1)
    slow = await claimed(inbox, lease_seconds=0)
    quick = await claimed(inbox)
    assert (quick.event_id, quick.attempts, quick.fence) == (slow.event_id, 2, slow.fence + 1)
    async with probe.database.sessions() as session:
        with pytest.raises(LeaseLost):
            await inbox.mark_processed(session, slow, 60)
    await inbox.bury(slow, "too late")
    assert await probe.count("inbox", "state = 'processing'") == 1


async def test_nobody_takes_over_what_is_being_committed(world: World) -> None:
    probe, inbox = await stocked(world, ["a"], 1)
    claim = await claimed(inbox, lease_seconds=0)
    async with probe.database.transaction() as session:
        await inbox.mark_processed(session, claim, 60)
        assert await inbox.claim(60) is None
    assert await probe.count("inbox", "state = 'processed'") == 1


async def test_an_event_that_kills_its_worker_each_time_dies(world: World) -> None:
    probe, inbox = await stocked(world, ["a"], 1)
    for _ in range(FAST.attempts):
        await claimed(inbox, lease_seconds=0)  # a worker that never comes back
    await handle_until(probe, inbox, "state = 'dead' AND last_error LIKE '%hung%'")
    assert await probe.effects() == []


async def test_what_a_killed_worker_had_claimed_waits_for_seconds_only(world: World) -> None:
    """A handler may take its minute: its transaction, not the claim, is what keeps others away."""
    probe, inbox = await stocked(world, ["a"], 1)
    consumers = consumers_of(probe.service, probe.source)
    worker = InboxWorker(probe.database, inbox, consumers, lease_seconds=60)
    async with probe.database.engine.connect() as connection, connection.begin():
        await connection.execute(text("LOCK TABLE effect IN ACCESS EXCLUSIVE MODE"))
        running = asyncio.create_task(worker.run())
        await eventually(lambda: exists(probe, "inbox", "lease_until BETWEEN now() AND now() + interval '5 seconds'"))
        await end_tasks([running])


async def test_a_handler_that_hangs_loses_its_attempt(world: World) -> None:
    probe, inbox = await stocked(world, ["a"], 1)
    consumers = consumers_of(probe.service, probe.source)
    worker = InboxWorker(
        probe.database, inbox, consumers, backoff=FAST.retry, attempts=2, lease_seconds=0.2, poll_seconds=0.05
    )
    async with probe.database.engine.connect() as connection, connection.begin():
        await connection.execute(text("LOCK TABLE effect IN ACCESS EXCLUSIVE MODE"))
        running = asyncio.create_task(worker.run())
        await eventually(lambda: exists(probe, "inbox", "state = 'dead'"))
    await end_tasks([running])
    assert await probe.effects() == []


async def test_a_worker_that_is_stopped_gives_its_attempt_back(world: World) -> None:
    probe, inbox = await stocked(world, ["a"], 1)
    async with probe.database.engine.connect() as connection, connection.begin():
        await connection.execute(text("LOCK TABLE effect IN ACCESS EXCLUSIVE MODE"))
        running = asyncio.create_task(worker_of(probe, inbox).run())
        await eventually(lambda: exists(probe, "inbox", "state = 'processing'"))
        await end_tasks([running])
    assert await probe.count("inbox", "state = 'pending' AND attempts = 0") == 1


async def test_two_workers_share_and_keep_each_streams_order(world: World) -> None:
    probe, inbox = await stocked(world, ["a", "b", "c"], 15)
    workers = [asyncio.create_task(worker_of(probe, Inbox(probe.database, probe.service)).run()) for _ in range(2)]
    await eventually(lambda: all_processed(probe))
    await end_tasks(workers)
    effects = await probe.effects()
    for thing in ("a", "b", "c"):
        assert [effect.sequence for effect in effects if effect.subject == f"thing/{thing}"] == list(range(1, 16))
    assert await inbox.claim(60) is None


async def test_cleaning_forgets_only_what_is_old(world: World) -> None:
    probe, inbox = await stocked(world, ["a", "b", "c", "d", "e"], 1)
    ages = {
        "a": "state = 'processed', processed_at = now() - interval '8 days'",
        "b": "state = 'processed', processed_at = now() - interval '6 days'",
        "c": "state = 'dead', next_attempt_at = now() - interval '31 days'",
        "d": "state = 'dead', next_attempt_at = now() - interval '29 days'",
        "e": "received_at = now() - interval '90 days'",
    }
    for thing, change in ages.items():
        await probe.execute(f"UPDATE inbox SET {change} WHERE stream LIKE '%/thing/{thing}'")
    await inbox.clean()
    async with probe.database.engine.connect() as connection:
        streams = (await connection.execute(text("SELECT right(stream, 1) FROM inbox ORDER BY 1"))).scalars()
        assert list(streams) == ["b", "d", "e"]


async def test_dead_letters_are_listed_in_pages_replayed_and_discarded(world: World) -> None:
    probe, inbox = await stocked(world, ["a", "b", "c"], 1)
    for _ in range(3):
        await inbox.bury(await claimed(inbox), "broken \ud800 \x00")
    async with probe.database.transaction() as session:
        first = await dead_letters(session, probe.service, after=UUID(int=0), limit=2)
        rest = await dead_letters(session, probe.service, after=first[-1].event_id, limit=2)
        assert [len(first), len(rest)] == [2, 1]
        assert await replay(session, probe.service, first[0].event_id)
        assert not await replay(session, probe.service, first[0].event_id)
        assert not await discard(session, probe.service, first[0].event_id)
        assert await discard(session, probe.service, first[1].event_id)
    assert (await claimed(inbox)).event_id == first[0].event_id
    assert await probe.count("inbox") == 2


async def stocked(world: World, things: list[str], each: int) -> tuple[Probe, Inbox]:
    """A probe whose inbox holds `each` events of every thing, stored last one first."""
    probe = await world.probe("consumer")
    inbox = Inbox(probe.database, probe.service)
    for sequence in range(each, 0, -1):
        for thing in things:
            data = {"thing": thing, "number": sequence}
            envelope = Envelope(f"{probe.service}.thing.happened.v1", "/test", f"thing/{thing}", sequence, data)
            await inbox.store(encode(envelope))
    return probe, inbox


async def claimed(inbox: Inbox, lease_seconds: float = 60) -> Claim:
    claim = await inbox.claim(lease_seconds)
    assert claim is not None
    return claim


async def place(probe: Probe, claim: Claim) -> tuple[str, int]:
    async with probe.database.engine.connect() as connection:
        statement = text("SELECT right(stream, 1), sequence FROM inbox WHERE event_id = :event_id")
        thing, sequence = (await connection.execute(statement, {"event_id": claim.event_id})).one()
        return thing, sequence


def worker_of(probe: Probe, inbox: Inbox) -> InboxWorker:
    return InboxWorker(
        probe.database,
        inbox,
        consumers_of(probe.service, probe.source),
        backoff=FAST.retry,
        attempts=FAST.attempts,
        poll_seconds=0.05,
    )


async def handle_until(probe: Probe, inbox: Inbox, condition: str) -> None:
    running = asyncio.create_task(worker_of(probe, inbox).run())
    await eventually(lambda: exists(probe, "inbox", condition))
    await end_tasks([running])


async def exists(probe: Probe, table: str, condition: str) -> bool:
    return await probe.count(table, condition) > 0


async def all_processed(probe: Probe) -> bool:
    return await probe.count("inbox", "state <> 'processed'") == 0
