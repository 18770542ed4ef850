"""Keeps a service's relay, receiver and inbox worker running, whatever ends them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy import text

from common.database import Database
from common.events.backoff import Backoff
from common.events.consumers import Consumers
from common.events.inbox import Inbox
from common.events.metrics import INBOX_DEAD, INBOX_PENDING, OUTBOX_DEPTH
from common.events.outbox import outbox_channel
from common.events.postgres import PostgresTransport
from common.events.rabbitmq import RabbitTransport
from common.events.relay import Relay
from common.events.tasks import end_tasks
from common.events.transport import Transport
from common.events.wakeup import WakeUps
from common.events.worker import InboxWorker
from common.settings import ServiceSettings

log = structlog.get_logger()

_GAUGE_SECONDS = 15.0
_CLEAN_EVERY = 40  # gauge rounds: ten minutes
_HEALTHY_SECONDS = 30.0

_DEPTHS = text("""
    SELECT (SELECT count(*) FROM outbox),
        count(*) FILTER (WHERE state IN ('pending', 'processing')), count(*) FILTER (WHERE state = 'dead')
    FROM inbox WHERE consumer = :consumer AND state <> 'processed'
""")


@dataclass(frozen=True, slots=True)
class Timing:
    """All delays of a runtime, in seconds; tests shorten them."""

    restart: Backoff = field(default_factory=lambda: Backoff(base=0.2, cap=15.0))
    relay: Backoff = field(default_factory=lambda: Backoff(base=0.2, cap=30.0))
    retry: Backoff = field(default_factory=lambda: Backoff(base=1.0, cap=600.0))
    attempts: int = 8
    lease: float = 60.0
    poll: float = 2.0


def transport_from(settings: ServiceSettings, database: Database) -> Transport:
    """The transport that the settings ask for."""
    if settings.transport == "rabbitmq" and settings.rabbitmq_url is not None:
        return RabbitTransport(settings.rabbitmq_url.get_secret_value())
    return PostgresTransport(database)


class EventRuntime:
    """Start it in the service's lifespan. Neither a broker nor a database that is down keeps it from starting."""

    def __init__(
        self,
        database: Database,
        service: str,
        transport: Transport,
        consumers: Consumers,
        *,
        timing: Timing = Timing(),
    ) -> None:
        self._database = database
        self._service = service
        self._transport = transport
        self._consumers = consumers
        self._timing = timing
        self._wakeups = WakeUps(database)
        self._inbox = Inbox(database, service)
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        """Begin relaying and, if the service listens to anything, receiving and handling."""
        self._stopping = False
        timing = self._timing
        outbox_wake = self._wakeups.event(outbox_channel(self._database.schema))
        relay = Relay(
            self._database,
            self._service,
            self._transport,
            outbox_wake,
            backoff=timing.relay,
            poll_seconds=timing.poll,
        )
        jobs: dict[str, Callable[[], Awaitable[None]]] = {"relay": relay.run, "housekeeping": self._keep_house}
        if self._consumers.all():
            jobs |= {"receiver": self._receiver(), "worker": self._worker().run}
        jobs["wakeups"] = self._wakeups.run
        self._tasks = [asyncio.create_task(self._supervise(name, job), name=name) for name, job in jobs.items()]

    def _receiver(self) -> Callable[[], Awaitable[None]]:
        channel = self._transport.wake_channel(self._service)
        wake = self._wakeups.event(channel) if channel else asyncio.Event()
        patterns = self._consumers.patterns()
        return lambda: self._transport.consume(self._service, patterns, self._inbox, wake)

    def _worker(self) -> InboxWorker:
        return InboxWorker(
            self._database,
            self._inbox,
            self._consumers,
            backoff=self._timing.retry,
            attempts=self._timing.attempts,
            lease_seconds=self._timing.lease,
            poll_seconds=self._timing.poll / 2,
        )

    async def stop(self) -> None:
        """Stop all; what was in progress is given back or rolled back. The database stays open."""
        self._stopping = True
        await end_tasks(self._tasks)
        self._tasks = []
        await self._transport.close()

    async def _supervise(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        """Run `job` again after every failure, later and later while it keeps failing."""
        loop = asyncio.get_running_loop()
        failures = 0
        while not self._stopping:
            started = loop.time()
            try:
                await job()
            except Exception as error:  # noqa: BLE001 - any fault of a job must be survived
                failures = 1 if loop.time() - started > _HEALTHY_SECONDS else failures + 1
                delay = self._timing.restart.delay(failures)
                log.warning("events.job_failed", job=name, failures=failures, delay=round(delay, 3), error=repr(error))
                await asyncio.sleep(delay)

    async def _keep_house(self) -> None:
        while True:
            await self._inbox.clean()
            for _ in range(_CLEAN_EVERY):
                await self._measure()
                await asyncio.sleep(_GAUGE_SECONDS)

    async def _measure(self) -> None:
        async with self._database.engine.connect() as connection:
            outbox, pending, dead = (await connection.execute(_DEPTHS, {"consumer": self._service})).one()
        OUTBOX_DEPTH.labels(self._service).set(outbox)
        INBOX_PENDING.labels(self._service).set(pending)
        INBOX_DEAD.labels(self._service).set(dead)
