"""`bmadflow up` as a whole: real processes and a real Postgres; only the services' insides are small stand-ins."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

Until = Callable[[Callable[[], object]], Awaitable[None]]
IsAlive = Callable[[int], bool]

SERVICE = """
import json, os
from pathlib import Path

RECORD = Path(os.environ["RECORD"])

def record(**fields):
    with RECORD.open("a") as record:
        record.write(json.dumps(fields) + chr(10))

def create_app_from_env(name=__name__):
    record(name=name, pid=os.getpid())

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        body = (await receive())["body"]
        route = scope["method"] + " " + scope["path"]
        if "GET /api/health" in route:
            record(health=name)
        else:
            record(route=route, body=json.loads(body or b"null"))
        status = {"POST /api/projects": 201, "POST /api/projects/1/sync": 202}.get(route, 200)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        answer = {"status": "ok", "id": 1, "sync_status": "never"}
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    return app
"""

GATEWAY = """
import os, uvicorn
from gateway.app import create_app_from_env

app = create_app_from_env("gateway")
uvicorn.run(app, port=int(os.environ["GATEWAY_PORT"]), log_level="warning")
"""

MIGRATE = """
import asyncio, os, asyncpg

async def main():
    service = __spec__.parent
    connection = await asyncpg.connect(os.environ[service.upper() + "_DATABASE_URL"].replace("+asyncpg", ""))
    await connection.execute(f"CREATE TABLE IF NOT EXISTS {service}.migrated (n int)")
    await connection.close()

asyncio.run(main())
"""

WORKER = """
import os, time, uvicorn
from pathlib import Path
from documents.app import create_app_from_env

app = create_app_from_env("documents.worker")
while Path(os.environ["RECORD"]).with_name("hold-worker").exists():
    time.sleep(0.01)  # between two readings of a condition
uvicorn.run(app, port=int(os.environ["DOCUMENTS_WORKER_PORT"]), log_level="warning")
"""


@pytest.fixture
def stand_ins(folder: Path) -> Path:
    """A folder of packages that are found before the real services."""
    root = folder / "stand-ins"
    for service in ("projects", "documents", "chat", "gateway"):
        package = root / service
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "app.py").write_text(SERVICE)
        (package / "migrate.py").write_text(MIGRATE)
    (root / "documents" / "worker.py").write_text(WORKER)
    (root / "gateway" / "__main__.py").write_text(GATEWAY)
    return root


def free_ports() -> int:
    """The first of five free ports in a row."""
    for first in range(20000, 60000, 5):
        with socket.socket() as probe:
            if all(probe.connect_ex(("127.0.0.1", first + offset)) for offset in range(5)):
                return first
    raise AssertionError("no free ports")


class Run:
    """One `bmadflow up` in a data folder closed to other accounts."""

    def __init__(self, folder: Path, stand_ins: Path) -> None:
        self.folder = folder
        self.data = folder / "home" / "data"
        self.port = free_ports()
        self.record = folder / "record"
        self.environment = os.environ | {"PYTHONPATH": str(stand_ins), "RECORD": str(self.record)}
        self.process: asyncio.subprocess.Process | None = None
        (folder / "home").mkdir(mode=0o700)

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        self.record.write_text("")
        command = ["-m", "bmadflow.cli", "up", "--data", str(self.data), "--port", str(self.port), *arguments]
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return self.process

    async def ready(self, *arguments: str) -> asyncio.subprocess.Process:
        process = await self.start(*arguments)
        assert process.stdout
        async with asyncio.timeout(120):
            while line := await process.stdout.readline():
                if line.decode() == f"BMADFlow is ready at http://127.0.0.1:{self.port}\n":
                    return process
        raise AssertionError((await self.ended(process))[1])

    async def ended(self, process: asyncio.subprocess.Process) -> tuple[int | None, str]:
        """Exit status and error output of a process that ends by itself."""
        async with asyncio.timeout(120):
            _, errors = await process.communicate()
        return process.returncode, errors.decode()

    def recorded(self, key: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.record.read_text().splitlines()]
        return [line for line in lines if key in line]

    def pids(self) -> dict[str, int]:
        """The last process id of each program, Postgres among them."""
        found = {str(line["name"]): int(str(line["pid"])) for line in self.recorded("name")}
        pid_file = self.cluster() / "postmaster.pid"
        return found | {"postgres": int(pid_file.read_text().split()[0])} if pid_file.exists() else found

    def cluster(self) -> Path:
        pointer = self.data / "postgres" / "location"
        return (Path(pointer.read_text().strip()) if pointer.exists() else self.data / "postgres") / "cluster"


@pytest.fixture
async def run(folder: Path, stand_ins: Path) -> AsyncIterator[Run]:
    run = Run(folder, stand_ins)
    yield run
    if run.process and run.process.returncode is None:
        run.process.terminate()
        await run.ended(run.process)
    if (pointer := run.data / "postgres" / "location").exists():
        moved = Path(pointer.read_text().strip())
        assert moved.name.startswith("data-")
        for path in sorted(moved.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        moved.rmdir()


PROGRAMS = {"projects.app", "documents.app", "documents.worker", "chat.app", "gateway", "postgres"}


async def test_it_starts_registers_recovers_and_stops(run: Run, until: Until, is_alive: IsAlive) -> None:
    process = await run.ready("--project", "Shop=https://example.org/shop.git")
    shop = {"name": "Shop", "repo_url": "https://example.org/shop.git"}
    await until(lambda: [line["body"] for line in run.recorded("route")][-2:] == [shop, {}])
    await until(lambda: set(run.pids()) == PROGRAMS)
    pids = run.pids()

    for name in ("projects.app", "documents.worker", "postgres"):
        os.kill(pids[name], signal.SIGKILL)
        await until(lambda name=name: is_alive(run.pids().get(name, 0)) and run.pids()[name] != pids[name])
    pids = run.pids()
    process.send_signal(signal.SIGINT)
    assert (await run.ended(process))[0] == 0
    assert not any(is_alive(pid) for pid in pids.values())


async def test_a_killed_supervisor_leaves_nothing_and_the_next_start_finds_its_data(
    run: Run, until: Until, is_alive: IsAlive
) -> None:
    process = await run.ready()
    pids = run.pids()
    secrets = (run.data / "secrets.json").read_text()
    process.kill()
    await run.ended(process)
    await run.ready()
    assert not any(is_alive(pid) for pid in pids.values())
    assert (run.data / "secrets.json").read_text() == secrets


async def test_a_second_start_on_the_same_folder_is_refused(run: Run, folder: Path, stand_ins: Path) -> None:
    await run.ready()
    first = run.process
    second = await run.start()
    status, errors = await run.ended(second)
    assert status == 1
    assert errors.startswith(f"The data folder {run.data} is in use by another BMADFlow (process ")
    run.process = first


async def test_it_is_ready_only_when_the_worker_is_and_says_what_is_missing(
    run: Run, folder: Path, until: Until
) -> None:
    (folder / "hold-worker").touch()
    run.environment["GATEWAY_WEB_DIR"] = str(folder / "not-built")
    process = await run.start()
    assert process.stdout
    assert b"Starting" in await process.stdout.readline()
    said = asyncio.create_task(process.stdout.readline())
    # That the gateway is well is not enough: it is asked again and again.
    await until(lambda: len(run.recorded("health")) > 3)
    assert not said.done()
    (folder / "hold-worker").unlink()
    async with asyncio.timeout(60):
        assert (await said).startswith(b"BMADFlow is ready")
        hint = (await process.stdout.readline()).decode()
    assert hint.startswith("The web client isn't built: install Node.js 20.19 or newer and start again")
    assert hint.endswith(f"the API is at http://127.0.0.1:{run.port}/api/docs\n")


async def test_a_migration_that_fails_names_its_log(run: Run, stand_ins: Path) -> None:
    (stand_ins / "chat" / "migrate.py").write_text("raise SystemExit('no such column')")
    process = await run.start()
    ended = await run.ended(process)
    log = run.data / "logs" / "chat-migrate.log"
    assert ended == (1, f"chat-migrate failed (exit status 1); its log is {log}.\n")
    assert log.read_text() == "no such column\n"


async def test_a_service_that_cant_start_names_its_log(run: Run, stand_ins: Path) -> None:
    (stand_ins / "gateway" / "__main__.py").write_text("raise RuntimeError('broken')")
    process = await run.start()
    ended = await run.ended(process)
    log = run.data / "logs" / "gateway.log"
    assert ended == (1, f"gateway keeps failing (exit status 1); its log is {log}.\n")
    assert "broken" in log.read_text()
