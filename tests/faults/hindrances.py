"""Faults that kill nobody: networks that stall, crawl, reset and end early; a database that is frozen or hangs up."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import asyncpg

from tests.faults.proxy import FaultyProxy
from tests.faults.stack import Stack

Hinder = Callable[[Stack, float], Coroutine[Any, Any, bool]]

_HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'bmadflow\\_%'"


def hindrances(stack: Stack) -> dict[str, Hinder]:
    """Name to what holds the fault for so many seconds, and heals it; False when it met nothing to hurt."""
    found: dict[str, Hinder] = {
        "git stalls": partial(_on, stack.git_proxy, FaultyProxy.stall),
        "git crawls": partial(_on, stack.git_proxy, FaultyProxy.crawl),
        "git answers are cut": partial(_on, stack.git_proxy, FaultyProxy.cut),
        "git answers end early": partial(_on, stack.git_proxy, FaultyProxy.half_close),
        "git is reset": partial(_on, stack.git_proxy, FaultyProxy.reset),
        "Postgres hangs up": _hang_up,
        "Postgres is frozen": _freeze,
    }
    if stack.broker_proxy is not None:
        found |= {
            "broker stalls": partial(_on, stack.broker_proxy, FaultyProxy.stall),
            "broker answers are cut": partial(_on, stack.broker_proxy, FaultyProxy.cut),
            "broker is reset": partial(_on, stack.broker_proxy, FaultyProxy.reset),
        }
    return found


@asynccontextmanager
async def hindered(name: str, stack: Stack, chance: random.Random, met: Counter[str]) -> AsyncGenerator[None]:
    """The fault holds while the block runs, or for some seconds more; counted in `met` if it hurt anything."""
    task = asyncio.create_task(hindrances(stack)[name](stack, _seconds(chance)))
    try:
        yield
    finally:
        met[name] += await task


def _seconds(chance: random.Random) -> float:
    """Mostly short; one of five is long enough for timeouts."""
    return chance.uniform(5, 15) if chance.random() < 0.2 else chance.uniform(0.5, 3)


async def _on(proxy: FaultyProxy, fault: Callable[[FaultyProxy], None], _: Stack, seconds: float) -> bool:
    before = proxy.hurt
    fault(proxy)
    await asyncio.sleep(seconds)  # that long it hurts
    proxy.heal()
    return proxy.hurt > before


async def _hang_up(stack: Stack, _: float) -> bool:
    with suppress(OSError, TimeoutError, asyncpg.PostgresError):  # it may be down, which is the same to its clients
        async with stack.admin() as admin:
            return bool(await admin.fetch(_HANG_UP))
    return False


async def _freeze(stack: Stack, seconds: float) -> bool:
    below = await stack.below_supervisor()
    # Others, such as git, may have the word in a path.
    frozen = [p.pid for p in below if "/postgres -D" in p.command or p.command.startswith("postgres: ")]
    for pid in frozen:
        _signal(pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)  # that long it hurts
    for pid in frozen:
        _signal(pid, signal.SIGCONT)
    return bool(frozen)


def _signal(pid: int, signum: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signum)
