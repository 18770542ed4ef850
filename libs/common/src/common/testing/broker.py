"""A private RabbitMQ node: own data, own ports on loopback, own name service, gone when its owner is."""

import asyncio
import os
import shutil
import signal
import socket
import uuid
from pathlib import Path

import aio_pika

from common.child_process import die_with_parent

_START_SECONDS = 90.0
_STOP_SECONDS = 30.0
_PROGRAMS = (
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/usr/local/sbin/rabbitmq-server",
    "/opt/rabbitmq/sbin/rabbitmq-server",
)


class BrokerMissing(Exception):
    """No RabbitMQ is installed; the message says what to do."""


class BrokerNode:
    """One node. It can be killed and started again with its data, on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = _find_program()
        self._name = f"bmadflow-{uuid.uuid4().hex[:12]}@localhost"
        self.port, self._dist_port, self._epmd_port = _free_ports(3)
        self._epmd: asyncio.subprocess.Process | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    @property
    def log_file(self) -> Path:
        return self._folder / "node.log"

    async def start(self) -> None:
        """Start the node and wait until it takes connections. Raises RuntimeError with the place of its log."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "plugins").write_text("[].\n")
        (self._folder / "rabbitmq.conf").write_text("disk_free_limit.absolute = 10MB\nloopback_users.guest = true\n")
        if self._epmd is None:
            # In the foreground: the daemon that Erlang would start otherwise outlives everybody.
            self._epmd = await self._spawn("epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1")
        self._process = await self._spawn(self._program)
        try:
            await self._until_ready(self._process)
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """Shut down cleanly; the data stays."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End the node as a power cut would."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Kill the node and start it again with its data."""
        await self.kill()
        await self.start()

    def has_settled(self, queue: str) -> bool:
        """Whether the node would know the quorum queue again after a kill.

        For about a second after the declaration it wouldn't (3.10): the queue is there then, and never has a leader.
        """
        tables = [*self._folder.glob("data/*/quorum/*/names.dets"), *self._folder.glob("data/*/quorum/*/meta.dets")]
        return bool(tables) and all(queue.encode() in table.read_bytes() for table in tables)

    async def close(self) -> None:
        """End everything that this object started."""
        await self.kill()
        if self._epmd is not None and self._epmd.returncode is None:
            self._epmd.kill()
            await self._epmd.wait()
        self._epmd = None

    async def _end(self, signum: signal.Signals) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signum)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _spawn(self, *command: str) -> asyncio.subprocess.Process:
        with (self._folder / "console.log").open("ab") as console:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                cwd=self._folder,
                env=self._environment(),
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def _environment(self) -> dict[str, str]:
        folder = str(self._folder)
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": folder,  # the Erlang cookie is made here
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self._name,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_LOGS": str(self.log_file),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            # Lets the script become the Erlang machine instead of its parent: our signals reach the node itself.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput +S 2:2 -kernel inet_dist_use_interface {127,0,0,1}",
        }

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_SECONDS
        while process.returncode is None and loop.time() < deadline:
            try:
                # The port opens at the end of the start; asking the AMQP client before that only fills the log.
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                connection = await aio_pika.connect(self.url, timeout=5)
            except (OSError, TimeoutError, aio_pika.exceptions.AMQPError):
                await asyncio.sleep(0.05)
                continue
            await connection.close()
            return
        raise RuntimeError(f"RabbitMQ didn't start: see {self.log_file} and console.log beside it")


def _find_program() -> str:
    for program in (*_PROGRAMS, shutil.which("rabbitmq-server")):
        if program and Path(program).is_file():
            return program
    raise BrokerMissing("RabbitMQ is not installed: install rabbitmq-server or set BMADFLOW_TEST_RABBITMQ_URL.")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
