"""A hub that may be hurt: `bmadflow up` as a process of ours, its database from the administrator's side, its
network through proxies."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import asyncpg
import httpx

from common.postgres_home import choose_socket_dir
from common.testing.broker import BrokerNode
from common.testing.git_server import GitServer
from tests.e2e.hub import ROOT, free_ports, quiet_environment
from tests.faults.proxy import FaultyProxy

TransportName = Literal["postgres", "rabbitmq"]
_START_SECONDS = 120.0
_DATABASE = "bmadflow"
_EXPECTED = (408, 409)  # a request that got stuck in a frozen hub; a cancellation of what has just ended


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    command: str


class Stack:
    """Everything in a folder of its own below the system's temporary one, which other accounts may enter."""

    def __init__(self, transport: TransportName) -> None:
        self.transport: TransportName = transport
        # Not where tests usually keep files: as root, the account that runs Postgres couldn't reach it there.
        self.folder = Path(tempfile.mkdtemp(prefix=f"bmadflow-faults-{transport}-"))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.repositories = self.folder / "repositories"
        self.broker = BrokerNode(self.folder / "rabbitmq") if transport == "rabbitmq" else None
        self._git_server = GitServer(self.repositories)
        self.git_proxy = FaultyProxy(int(self._git_server.url.rsplit(":", 1)[1]))
        self.broker_proxy = FaultyProxy(self.broker.port) if self.broker else None
        self._port = free_ports(5)
        self.url = f"http://127.0.0.1:{self._port}"
        self.client = httpx.AsyncClient(base_url=self.url, timeout=20, limits=httpx.Limits(max_keepalive_connections=0))
        self._process: subprocess.Popen[bytes] | None = None
        self.is_disturbed = False
        """From a fault on until all is well again."""
        self.complaints: list[str] = []
        """Answers that a hub shouldn't give."""
        self.relays_caught = 0
        """How many relays were about to be killed with events in their outbox."""

    async def start(self) -> None:
        self.repositories.mkdir()
        self.data.mkdir()
        # The hub's own documents aren't wanted here: as if they had been registered already.
        (self.data / "first_run").touch()
        self._git_server.start()
        await self.git_proxy.start()
        if self.broker and self.broker_proxy:
            await self.broker.start()
            await self.broker_proxy.start()
        self.launch()
        await self.until_launched()

    def launch(self) -> None:
        """`bmadflow up`, once more on the same data; not waited for."""
        environment = quiet_environment()
        if self.broker_proxy:
            environment["BMADFLOW_RABBITMQ_URL"] = f"amqp://guest:guest@127.0.0.1:{self.broker_proxy.port}/"
        command = [str(Path(sys.executable).with_name("bmadflow")), "up", "--data", str(self.data)]
        with (self.folder / "up.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self._port)], stdout=log, stderr=log, cwd=ROOT, env=environment
            )

    async def until_launched(self) -> None:
        """Until the first answer that all is well. Raises AssertionError with what the launcher said."""
        async with asyncio.timeout(_START_SECONDS):
            while not await self.is_well():
                said = (self.folder / "up.log").read_text
                assert self.supervisor.poll() is None, said()
                await asyncio.sleep(0.05)  # between two readings of a condition with a deadline

    async def stop_hub(self) -> None:
        """As Ctrl-C does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(self._process.wait, 60)
            except subprocess.TimeoutExpired:
                self._process.kill()  # its children die with it; whoever waits for its end hears of this
                raise

    async def stop(self) -> None:
        """End everything; the folder stays."""
        await self.client.aclose()
        await self.stop_hub()
        for proxy in (self.git_proxy, self.broker_proxy):
            if proxy is not None:
                await proxy.stop()
        if self.broker is not None:
            await self.broker.close()
        self._git_server.stop()

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def launch_if_ended(self) -> None:
        """As whoever runs it would: a kill in the middle of its start ends `bmadflow up` with a sentence."""
        if self.supervisor.poll() is not None:
            self.launch()

    async def is_well(self) -> bool:
        """Whether gateway, services and worker all say that they are ready."""
        worker = self.url.replace(str(self._port), str(self._port + 4))
        try:
            answers = [await self.client.get(url) for url in ("/api/health", f"{worker}/api/health/ready")]
        except httpx.HTTPError:
            return False
        return all(answer.status_code == 200 and answer.json()["status"] == "ok" for answer in answers)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON; None when the hub can't answer now. What nothing explains is kept as a complaint."""
        was_disturbed = self.is_disturbed
        try:
            answer = await self.client.request(method, path, json=body)
        except httpx.HTTPError:
            return None
        is_fault = answer.status_code == 500 and not (was_disturbed or self.is_disturbed)
        if is_fault or (answer.is_client_error and answer.status_code not in _EXPECTED):
            self.complaints.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.is_success and answer.content else None

    async def processes(self) -> list[Process]:
        """All processes of this machine."""
        listing = await asyncio.to_thread(
            subprocess.run, ["ps", "-ewwo", "pid,ppid,args"], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 2) for line in listing.stdout.splitlines()[1:]]
        return [Process(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == 3]

    async def below_supervisor(self) -> list[Process]:
        """The stack's processes, children of children included, without the supervisor itself."""
        return _descendants(await self.processes(), self.supervisor.pid)

    async def orphans(self) -> list[Process]:
        """Processes that work on the hub's data and belong to nobody in it."""
        processes = await self.processes()
        own = {process.pid for process in _descendants(processes, self.supervisor.pid)} | {self.supervisor.pid}
        return [process for process in processes if process.pid not in own and self._is_of_hub(process)]

    def _is_of_hub(self, process: Process) -> bool:
        """By its command or its environment: most services are told in the latter what to work on."""
        try:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes().decode(errors="replace")
        except OSError:  # it has ended, or it is another account's
            environment = ""
        marks = [str(self.data), *(f"127.0.0.1:{self._port + offset}" for offset in range(5))]
        return any(mark in text for mark in marks for text in (process.command, environment))

    @asynccontextmanager
    async def admin(self) -> AsyncGenerator[asyncpg.Connection]:
        """A superuser's connection to the hub's database."""
        pointer = self.data / "postgres" / "location"
        home = Path(pointer.read_text().strip()) if pointer.exists() else self.data / "postgres"
        connection = await asyncpg.connect(
            host=str(choose_socket_dir(home)),
            user="postgres",
            password=(home / "password").read_text().strip(),
            database=_DATABASE,
            timeout=10,
            command_timeout=30,
        )
        try:
            yield connection
        finally:
            await connection.close()

    def service_url(self, service: str) -> str:
        """The address of the database in a service's own role."""
        pointer = self.data / "postgres" / "location"
        home = Path(pointer.read_text().strip()) if pointer.exists() else self.data / "postgres"
        password = json.loads((self.data / "secrets.json").read_text())["passwords"][service]
        return f"postgresql+asyncpg://bmadflow_{service}:{password}@/{_DATABASE}?host={choose_socket_dir(home)}"


def _descendants(processes: list[Process], root: int) -> list[Process]:
    found: list[Process] = []
    parents = {root}
    while parents:
        children = [process for process in processes if process.parent in parents]
        found += children
        parents = {child.pid for child in children}
    return found
