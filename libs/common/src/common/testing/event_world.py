"""The stage of an event test: a fresh database, probe services in it, a transport that can be broken."""

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aio_pika
import asyncpg
from sqlalchemy import text

from common.bootstrap import bootstrap, role_of
from common.child_process import die_with_parent
from common.database import Database
from common.events import EventRuntime, Transport
from common.events.rabbitmq_topology import DEAD_QUEUE, EVENTS_EXCHANGE, declare_topology, inbox_queue
from common.postgres_server import PostgresServer
from common.testing.event_probe import Probe
from common.testing.rabbit_fixtures import RabbitBroker

_WAIT_SECONDS = 60.0


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = _WAIT_SECONDS) -> None:
    """Wait until `condition` holds. Raises AssertionError after `seconds`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not await condition():
        assert loop.time() < deadline, f"not within {seconds} s: {getattr(condition, '__name__', condition)}"
        await asyncio.sleep(0.02)


class World:
    """Made for one test. `rabbit` None means the Postgres transport."""

    def __init__(self, postgres: PostgresServer, rabbit: RabbitBroker | None) -> None:
        self._postgres = postgres
        self._rabbit = rabbit
        self._suffix = uuid.uuid4().hex[:10]
        self._database = f"test_{self._suffix}"
        self._probes: list[Probe] = []
        self._running: list[EventRuntime] = []
        self._processes: list[asyncio.subprocess.Process] = []

    @property
    def rabbit(self) -> RabbitBroker:
        assert self._rabbit is not None
        return self._rabbit

    @property
    def rabbitmq_url(self) -> str | None:
        return self._rabbit.url if self._rabbit else None

    async def probe(self, name: str, source: str | None = None) -> Probe:
        """A new service `name` (made unique) that listens to `source` (by default to itself, to nobody if empty)."""
        service = f"{name}_{self._suffix}"
        await bootstrap(self._postgres.admin_dsn, self._database, {service: "secret"})
        async with self.admin() as admin:
            # The test server forgets the last commits in a crash to be fast; here crashes are the point.
            await admin.execute(f'ALTER DATABASE "{self._database}" SET synchronous_commit = on')
        database = Database(self._postgres.url(role_of(service), "secret", self._database), service)
        probe = Probe(service, service if source is None else source, database)
        await probe.migrate()
        self._probes.append(probe)
        return probe

    def transport(self, probe: Probe) -> Transport:
        return probe.transport(self.rabbitmq_url)

    async def run(self, probe: Probe) -> EventRuntime:
        """Start the service's relay, receiver and worker in this process."""
        runtime = probe.runtime(self.transport(probe))
        await runtime.start()
        self._running.append(runtime)
        return runtime

    async def stop(self, runtime: EventRuntime) -> None:
        self._running.remove(runtime)
        await runtime.stop()

    async def run_and_die(self, probe: Probe, failpoint: str) -> None:
        """Run the service in a process of its own until the failpoint kills it (SIGKILL)."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "common.testing.event_probe"),
            env=os.environ
            | {
                "BMADFLOW_FAILPOINT": failpoint,
                "PROBE_SERVICE": probe.service,
                "PROBE_SOURCE": probe.source,
                "PROBE_DATABASE_URL": probe.database.url,
                "PROBE_RABBITMQ_URL": self.rabbitmq_url or "",
            },
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        self._processes.append(process)
        async with asyncio.timeout(_WAIT_SECONDS):
            assert await process.wait() == -signal.SIGKILL

    async def inject(self, probe: Probe, raw: bytes) -> None:
        """Send bytes that no relay would send, as `probe`, under the type that its listeners subscribe to."""
        event_type = f"{probe.service}.thing.happened.v1"
        if self._rabbit is not None:
            async with self._channel() as channel:
                exchange = await channel.get_exchange(EVENTS_EXCHANGE)
                await exchange.publish(aio_pika.Message(raw), event_type)
            return
        async with probe.database.engine.begin() as connection:
            row = {"ids": [uuid.uuid4()], "types": [event_type], "bodies": [raw.decode()]}
            await connection.execute(
                text("SELECT bus.publish(CAST(:ids AS uuid[]), CAST(:types AS text[]), CAST(:bodies AS text[]))"), row
            )

    async def undeliverable(self) -> list[bytes]:
        """What the transport keeps because no inbox could store it; on RabbitMQ asking takes it away."""
        if self._rabbit is not None:
            async with self._channel() as channel:
                queue = await channel.declare_queue(DEAD_QUEUE, passive=True)
                found: list[bytes] = []
                while (message := await queue.get(no_ack=True, fail=False)) is not None:
                    found.append(message.body)
                return found
        async with self.admin() as admin:
            return [row["body"].encode() for row in await admin.fetch("SELECT body FROM bus.dead ORDER BY died_at")]

    @asynccontextmanager
    async def _channel(self) -> AsyncGenerator[aio_pika.abc.AbstractChannel]:
        async with await aio_pika.connect(self.rabbitmq_url) as connection, connection.channel() as channel:
            await declare_topology(channel)
            yield channel

    @asynccontextmanager
    async def admin(self) -> AsyncGenerator[asyncpg.Connection]:
        """The superuser in the database of this world."""
        connection = await asyncpg.connect(self._postgres.admin_dsn, database=self._database)
        try:
            yield connection
        finally:
            await connection.close()

    async def settle(self) -> None:
        """Wait until what was set up for the listening probes would survive a crash of the transport."""
        node = self._rabbit.node if self._rabbit else None
        queues = [inbox_queue(probe.service) for probe in self._probes if probe.source]

        async def settled() -> bool:
            return node is None or all(node.has_settled(queue) for queue in queues)

        await eventually(settled)

    async def crash_transport(self) -> None:
        """Kill the broker (or Postgres, where that carries the events) and start it again with its data."""
        if self._rabbit is None:
            await self.crash_database()
        elif self._rabbit.node is None:
            # Somebody else's broker: take the network away instead.
            await self._rabbit.proxy.stop()
            await self._rabbit.proxy.start()
        else:
            await self._rabbit.node.restart()

    async def crash_database(self) -> None:
        """Kill the Postgres server and start it again with its data."""
        self._postgres.kill()
        await self._postgres.wait()
        await self._postgres.start()

    async def close(self) -> None:
        for runtime in list(self._running):
            await self.stop(runtime)
        for process in self._processes:
            if process.returncode is None:
                process.kill()
                await process.wait()
        for probe in self._probes:
            if self._rabbit is not None:
                await self.delete_queue(probe)
            await probe.database.close()

    async def delete_queue(self, probe: Probe) -> None:
        """Delete a probe's queue on RabbitMQ with all that is in it."""
        async with self._channel() as channel:
            await channel.queue_delete(inbox_queue(probe.service))
