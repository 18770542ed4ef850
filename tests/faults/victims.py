"""Who is killed, and how."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import asyncpg

from common.events.rabbitmq_topology import inbox_queue
from tests.faults.stack import Process, Stack

_SEEN_SECONDS = 60.0  # a start of the whole stack on a busy machine
_MOMENT_SECONDS = 10.0
_OUTBOX_SECONDS = 1.5

Kill = Callable[[Stack, random.Random], Awaitable[bool]]


def victims(stack: Stack) -> dict[str, Kill]:
    """Name to what kills it; False when it wasn't there to be killed."""
    found: dict[str, Kill] = {
        "gateway": partial(_kill_child, " -m gateway"),
        "projects": partial(_kill_child, "projects.app:"),
        "documents": partial(_kill_child, "documents.app:"),
        "chat": partial(_kill_child, "chat.app:"),
        "worker": partial(_kill_child, "-m documents.worker"),
        "relay of projects": partial(_kill_relay, "projects", "projects.app:"),
        "relay of documents": partial(_kill_relay, "documents", "-m documents.worker"),
        "postmaster": partial(_kill_child, "/postgres -D"),
        "a Postgres backend": partial(_kill_soon, "postgres: bmadflow_"),
        "embedding child": partial(_kill_soon, "documents.embedding.child"),
        "parsing child": partial(_kill_soon, "documents.sync.parsing_child"),
        "git": partial(_kill_soon, "git "),
        "whole stack": _kill_supervisor,
    }
    return found | ({"broker": _kill_broker} if stack.broker else {})


async def _kill_child(word: str, stack: Stack, _: random.Random) -> bool:
    """A child of the supervisor, which is there again soon if it has just been killed."""
    stack.launch_if_ended()

    async def children() -> list[Process]:
        return [p for p in await stack.processes() if p.parent == stack.supervisor.pid and word in p.command]

    async with asyncio.timeout(_SEEN_SECONDS):
        while not (found := await children()):
            await asyncio.sleep(0.02)  # between two readings of a condition with a deadline
    return _kill(found[0])


async def _kill_soon(word: str, stack: Stack, chance: random.Random) -> bool:
    """One of the short-lived processes, where one is seen within a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_MOMENT_SECONDS):
            while True:
                found = [p for p in await stack.below_supervisor() if f" {word}" in f" {p.command}"]
                if found:
                    return _kill(chance.choice(found))
                await asyncio.sleep(0.005)  # between two readings of a condition with a deadline
    return False


async def _kill_relay(service: str, program: str, stack: Stack, chance: random.Random) -> bool:
    """A relay lives in its service's process: kill that while events wait to be sent, where one is caught at it."""
    with suppress(TimeoutError, OSError, asyncpg.PostgresError):
        async with asyncio.timeout(_OUTBOX_SECONDS), stack.admin() as admin:
            while not await admin.fetchval(f"SELECT EXISTS (SELECT FROM {service}.outbox)"):
                pass  # asked again at once: the moment is short
            stack.relays_caught += 1
    return await _kill_child(program, stack, chance)


async def _kill_supervisor(stack: Stack, _: random.Random) -> bool:
    """Its children die with it."""
    stack.launch_if_ended()
    stack.supervisor.kill()
    await asyncio.to_thread(stack.supervisor.wait)
    stack.launch()
    return True


async def _kill_broker(stack: Stack, _: random.Random) -> bool:
    """Not before its queues have settled: see BrokerNode.has_settled."""
    broker = stack.broker
    assert broker is not None
    async with asyncio.timeout(_SEEN_SECONDS):
        while not all(broker.has_settled(inbox_queue(service)) for service in ("projects", "documents", "chat")):
            await asyncio.sleep(0.05)  # between two readings of a condition with a deadline
    await broker.restart()
    return True


def _kill(process: Process) -> bool:
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
