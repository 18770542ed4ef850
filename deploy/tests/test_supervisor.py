import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bmadflow.child import Child, describe_status, run_once, run_side_by_side
from bmadflow.refusal import Refused
from bmadflow.supervisor import RestartPolicy, Supervisor

MakeChild = Callable[[str, str], Child]
Until = Callable[[Callable[[], object]], Awaitable[None]]
IsAlive = Callable[[int], bool]

RUN_FOR_EVER = "import signal; signal.pause()"
QUICK = RestartPolicy(first_pause=0.01, longest_pause=0.05, healthy=0.2, failures_at_start=3)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def supervisor(said: list[str]) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(said.append, QUICK)
    yield supervisor
    supervisor.kill_all()
    await supervisor.stop_all()


async def test_a_killed_child_is_started_again(
    supervisor: Supervisor, script: MakeChild, until: Until, said: list[str]
) -> None:
    child = script("worker", RUN_FOR_EVER)
    await supervisor.start(child, stage=1)
    first = child.pid
    assert first
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.pid not in {first, None})
    assert said == [f"worker ended (SIGKILL) and is started again; its log is {child.log_file}."]


async def test_a_child_that_keeps_failing_is_named_with_its_log(supervisor: Supervisor, script: MakeChild) -> None:
    child = script("broken", "import sys; sys.exit('no database')")
    await supervisor.start(child, stage=1)
    async with asyncio.timeout(20):
        with pytest.raises(Refused, match=rf"^broken keeps failing \(exit status 1\); its log is {child.log_file}\.$"):
            await supervisor.until_failing()
    assert "no database" in child.log_file.read_text()


async def test_stages_stop_from_the_highest_to_the_lowest(
    supervisor: Supervisor, script: MakeChild, folder: Path, until: Until
) -> None:
    source = f"""
import signal, sys, time
def end(*_):
    with open({str(folder / "order")!r}, "a") as order:
        order.write(sys.argv[1] + "\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
while True:
    signal.pause()
"""
    children = [script(name, source) for name in ("postgres", "projects", "gateway")]
    for stage, child in enumerate(children):
        child.command.append(child.name)
        await supervisor.start(child, stage=stage)
    await until(lambda: all("up" in child.log_file.read_text() for child in children))
    await supervisor.stop_all()
    assert (folder / "order").read_text().split() == ["gateway", "projects", "postgres"]
    assert [child.pid for child in children] == [None, None, None]


async def test_a_child_that_ignores_the_request_is_killed_with_its_own_children(
    script: MakeChild, until: Until, is_alive: IsAlive
) -> None:
    source = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]).pid, flush=True)
while True:
    signal.pause()
"""
    child = script("stubborn", source)
    child.stop_seconds = 0.1
    await child.start()
    await until(lambda: child.log_file.read_text().endswith("\n"))
    grandchild = int(child.log_file.read_text())
    assert is_alive(grandchild)
    await child.stop()
    await until(lambda: not is_alive(grandchild))
    assert child.pid is None


async def test_a_command_that_fails_names_its_log(script: MakeChild) -> None:
    migration = script("projects-migrate", "raise SystemExit(3)")
    with pytest.raises(Refused, match=rf"projects-migrate failed \(exit status 3\); its log is {migration.log_file}"):
        await run_once(migration)


async def test_the_first_command_that_fails_ends_the_others(script: MakeChild) -> None:
    endless, failing = script("endless", RUN_FOR_EVER), script("failing", "raise SystemExit(1)")
    with pytest.raises(Refused, match=r"^failing failed"):
        await run_side_by_side([endless, failing])
    assert endless.pid is None


async def test_a_program_that_is_missing_is_one_sentence(folder: Path) -> None:
    with pytest.raises(Refused, match=r"^Can't start ghost \(/no/such/program\): No such file or directory\.$"):
        await Child("ghost", ["/no/such/program"], {}, folder / "ghost.log").start()


def test_statuses_are_told_in_words() -> None:
    assert [describe_status(status) for status in (0, 2, -9, -200)] == [
        "exit status 0",
        "exit status 2",
        "SIGKILL",
        "signal 200",
    ]


# A supervisor as its own process, with two children that report their ids; the second has a child of its own.
SUPERVISING = """
import asyncio, os, sys
from pathlib import Path
from bmadflow.child import Child
from bmadflow.supervisor import Supervisor
from bmadflow.up import run_until_signal, say

FOLDER = Path(sys.argv[1])
IGNORE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" if "stubborn" in sys.argv else ""
PROGRAM = IGNORE + "import signal, os; print(os.getpid(), flush=True)\\nwhile True: signal.pause()"

async def main():
    supervisor = Supervisor(say)

    async def work():
        for stage, name in enumerate(("one", "two")):
            child = Child(name, [sys.executable, "-c", PROGRAM], dict(os.environ), FOLDER / f"{name}.log", 300.0)
            await supervisor.start(child, stage=stage)
        say("started")
        await asyncio.Event().wait()

    await run_until_signal(work(), supervisor)

asyncio.run(main())
"""


async def _supervising(folder: Path, until: Until, *words: str) -> tuple[asyncio.subprocess.Process, list[int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SUPERVISING, str(folder), *words, stdout=asyncio.subprocess.PIPE
    )
    logs = [folder / "one.log", folder / "two.log"]
    await until(lambda: all(log.exists() and log.read_text().endswith("\n") for log in logs))
    return process, [int(log.read_text()) for log in logs]


async def _output(process: asyncio.subprocess.Process) -> str:
    async with asyncio.timeout(20):
        return (await process.communicate())[0].decode()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_ends_everything(folder: Path, until: Until, is_alive: IsAlive, signum: signal.Signals) -> None:
    process, pids = await _supervising(folder, until)
    process.send_signal(signum)
    assert await _output(process) == "started\nStopping …\n"
    assert process.returncode == 0
    assert not any(is_alive(pid) for pid in pids)


async def test_a_second_signal_ends_what_doesnt_want_to(folder: Path, until: Until, is_alive: IsAlive) -> None:
    process, pids = await _supervising(folder, until, "stubborn")
    assert process.stdout
    process.send_signal(signal.SIGINT)
    while b"Stopping" not in await process.stdout.readline():
        pass
    assert all(is_alive(pid) for pid in pids)
    process.send_signal(signal.SIGINT)
    await _output(process)
    assert not any(is_alive(pid) for pid in pids)


async def test_a_killed_supervisor_leaves_no_survivor(folder: Path, until: Until, is_alive: IsAlive) -> None:
    process, pids = await _supervising(folder, until, "stubborn")
    process.kill()
    await process.wait()
    await until(lambda: not any(is_alive(pid) for pid in pids))
    await _output(process)
