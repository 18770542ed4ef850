"""Faults that kill nobody: networks that stall, crawl, reset and end early; a database that is frozen or hangs up."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import asyncpg

from tests.faults.proxy import FaultyProxy
from tests.faults.stack import Stack

Hinder = Callable[[Stack, float], Coroutine[Any, Any, None]]

_HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'bmadflow\\_%'"


def hindrances(stack: Stack) -> dict[str, Hinder]:
    """Name to what holds the fault for so many seconds, and heals it."""
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
async def hindered(hinder: Hinder, stack: Stack, chance: random.Random) -> AsyncGenerator[None]:
    """The fault holds while the block runs, or for some seconds more."""
    task = asyncio.create_task(hinder(stack, _seconds(chance)))
    try:
        yield
    finally:
        await task


def _seconds(chance: random.Random) -> float:
    """Mostly short; one of five is long enough for timeouts."""
    return chance.uniform(5, 15) if chance.random() < 0.2 else chance.uniform(0.5, 3)


async def _on(proxy: FaultyProxy, fault: Callable[[FaultyProxy], None], _: Stack, seconds: float) -> None:
    fault(proxy)
    await asyncio.sleep(seconds)  # that long it hurts
    proxy.heal()


async def _hang_up(stack: Stack, _: float) -> None:
    with suppress(OSError, TimeoutError, asyncpg.PostgresError):  # it may be down, which is the same to its clients
        async with stack.admin() as admin:
            await admin.execute(_HANG_UP)


async def _freeze(stack: Stack, seconds: float) -> None:
    frozen = [process.pid for process in await stack.below_supervisor() if "postgres" in process.command]
    for pid in frozen:
        _signal(pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)  # that long it hurts
    for pid in frozen:
        _signal(pid, signal.SIGCONT)


def _signal(pid: int, signum: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signum)
