"""Workers that are seen to live: a dead one's job is taken over at once, a living one's is not."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest

from documents.sync.jobs import Jobs
from documents.sync.presence import LOCKS, Presence
from services.documents.tests.sync.stack import Stack, until

PIDS = "SELECT pid, objid FROM pg_locks WHERE locktype = 'advisory' AND classid = :locks AND objsubid = 2"


@asynccontextmanager
async def _present(stack: Stack, settled_seconds: float = 0.0) -> AsyncGenerator[Presence]:
    presence = Presence(stack.database, settled_seconds=settled_seconds)
    task = asyncio.create_task(presence.run())
    try:
        await until(lambda: _has_number(presence))
        yield presence
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            await task


async def _has_number(presence: Presence) -> bool:
    return presence.number is not None


async def _takes_over(jobs: Jobs) -> bool:
    return await jobs.claim() is not None


async def test_a_dead_workers_job_is_taken_over_before_its_lease_ends(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    await stack.request()
    async with _present(stack) as other:
        async with _present(stack) as presence:
            job = await Jobs(stack.database, presence=presence).claim()
            assert job is not None
            assert await Jobs(stack.database, presence=other).claim() is None
        await until(lambda: _takes_over(Jobs(stack.database, presence=other)))
        row = (await stack.rows("SELECT holder, attempt, fence, lease_until > now() AS is_held FROM sync_job"))[0]
        assert row == {"holder": other.number, "attempt": 2, "fence": job[0].fence + 1, "is_held": True}


async def test_who_came_a_moment_ago_judges_nobody(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    await stack.request()
    await stack.claim()
    async with _present(stack, 60) as young, _present(stack) as settled:
        assert (young.is_settled, settled.is_settled) == (False, True)
        await stack.rows("UPDATE sync_job SET holder = 1 RETURNING id")  # nobody has that lock
        assert await Jobs(stack.database, presence=young).claim() is None
        assert await Jobs(stack.database, presence=settled).claim() is not None


async def test_who_is_not_seen_to_live_waits_for_leases(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    await stack.request()
    async with _present(stack) as presence:
        assert await Jobs(stack.database, presence=presence).claim() is not None
    await until(lambda: _are_locks(stack, 0))
    assert await stack.jobs.claim() is None
    await stack.rows("UPDATE sync_job SET lease_until = now() - interval '1 s' RETURNING id")
    job, _ = await stack.claim()
    async with _present(stack) as presence:
        # Nobody knows whether that one lives.
        assert await Jobs(stack.database, presence=presence).claim() is None
        await stack.jobs.hold(job)


async def test_a_job_that_kills_its_workers_is_soon_left_to_its_lease(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    await stack.request()
    async with _present(stack) as last:
        for _ in range(3):
            async with _present(stack) as presence:
                await until(lambda presence=presence: _takes_over(Jobs(stack.database, presence=presence)))
            await until(lambda: _are_locks(stack, 1))
        assert (await stack.rows("SELECT attempt FROM sync_job"))[0]["attempt"] == 3
        await until(lambda: _takes_over(Jobs(stack.database, presence=last)))
        await stack.rows("UPDATE sync_job SET holder = 1 RETURNING id")
        assert await Jobs(stack.database, presence=last).claim() is None


async def test_a_worker_that_lost_its_connection_keeps_its_jobs(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    await stack.request()
    presence = Presence(stack.database)
    first = asyncio.create_task(presence.run())
    await until(lambda: _has_number(presence))
    jobs = Jobs(stack.database, presence=presence)
    claimed = await jobs.claim()
    former = presence.number
    lock = (await stack.rows(PIDS, locks=LOCKS))[0]
    assert lock["objid"] == former
    await stack.rows("SELECT pg_terminate_backend(:pid)", pid=lock["pid"])
    with pytest.raises(ConnectionError):
        await first
    assert presence.number is None
    async with _present(stack) as other:
        again = asyncio.create_task(presence.run())
        await until(lambda: _has_number(presence))
        assert presence.number != former
        assert await Jobs(stack.database, presence=other).claim() is None
        assert claimed is not None
        await jobs.look(claimed[0])
        again.cancel()
        await asyncio.wait([again])


async def test_a_heartbeat_says_who_holds_the_job(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    await stack.request()
    job, _ = await stack.claim()
    async with _present(stack) as presence:
        await Jobs(stack.database, presence=presence).hold(job)
        assert await stack.rows("SELECT holder FROM sync_job") == [{"holder": presence.number}]


async def _are_locks(stack: Stack, count: int) -> bool:
    return len(await stack.rows(PIDS, locks=LOCKS)) == count
