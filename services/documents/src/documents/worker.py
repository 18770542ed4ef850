"""`python -m documents.worker`: relays and receives events and runs sync jobs."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from common.database import Database
from common.events import EventRuntime, transport_from
from common.events.backoff import Backoff, woken
from common.events.wakeup import WakeUps
from common.http_client import ServiceClient
from common.logging import configure_logging
from common.sealing import SealingKeys
from documents.consumers import consumers
from documents.embedding.configured import configured_embedder
from documents.embedding.remote import PATIENT
from documents.models import SCHEMA
from documents.search.upkeep import SearchUpkeep
from documents.settings import Settings
from documents.sync import deletion, heads
from documents.sync.credentials import Credentials
from documents.sync.deletion import DeletedSources
from documents.sync.git_program import GitLimits, GitProgram
from documents.sync.heads import CheckOptions, HeadChecks
from documents.sync.jobs import CHANNEL, Jobs
from documents.sync.network import NetworkPolicy
from documents.sync.parsers import Parsers
from documents.sync.pipeline import Limits
from documents.sync.presence import Presence
from documents.sync.runner import Runner, RunnerOptions
from documents.sync.staging import clear_unwanted
from documents.sync.switching import queue_reindexes
from documents.sync.transport import clear_key_files
from documents.worker_health import serve_health

log = structlog.get_logger(__name__)

_POLL_SECONDS = 2.0
_TIDY_SECONDS = 60.0
_IDLE_SECONDS = 60.0
_UPKEEP_SECONDS = 60.0
_CHECK_POLL_SECONDS = 30.0
_CHECKS_AT_ONCE = 2
# A connection that held so long was a good one: what ends it is no repetition of former failures.
_LASTED_SECONDS = 30.0


class Worker:
    """Everything that runs in the worker's process; `run` ends when it is cancelled."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database = Database(
            settings.database_url.get_secret_value(), SCHEMA, settings.database_pool_size + 2 * settings.sync_slots
        )
        self._runtime = EventRuntime(self._database, SCHEMA, transport_from(settings, self._database), consumers)
        self._wakeups = WakeUps(self._database)
        self._wake = self._wakeups.event(CHANNEL)
        self._deletion_wake = self._wakeups.event(deletion.CHANNEL)
        self._check_wake = self._wakeups.event(heads.CHANNEL)
        self._embedder = configured_embedder(settings, PATIENT)
        limits = GitLimits(settings.fetch_timeout, settings.max_repository_bytes)
        self._git = GitProgram(settings.data_dir / "git", limits)
        self._deleted_sources = DeletedSources(self._database, self._git)
        self._search_upkeep = SearchUpkeep(self._database)
        self._synced = asyncio.Event()
        self._presence = Presence(self._database, self._wake)
        # One slot always stays for another project, so that a small sync needn't wait for a large one.
        self._jobs = Jobs(self._database, max(1, settings.sync_slots - 1), self._presence)
        self._credentials = _credentials(settings)
        options = _options(settings)
        self._parsers = Parsers(options.limits.parse_seconds, _IDLE_SECONDS, settings.embedding_budget)
        tools = (self._database, self._jobs, self._git, self._embedder)
        self._runner = Runner(*tools, options, credentials=self._credentials, parsers=self._parsers)
        checks = CheckOptions(_policy(settings), settings.head_check_seconds, settings.git_ca_file)
        self._heads = HeadChecks(self._database, self._git, self._credentials, checks)

    async def run(self) -> None:
        """Work until cancelled; then running jobs are given back at once."""
        self._git.prepare()
        clear_key_files(self._git.home)
        await self._runtime.start()
        loops = [self._slot() for _ in range(self._settings.sync_slots)]
        loops += [self._check() for _ in range(_CHECKS_AT_ONCE)]
        loops += [_again("listening", self._wakeups.run), _again("presence", self._presence.run), self._tidy()]
        loops += [self._keep_to_one_model(), self._keep_up_search()]
        if self._settings.worker_port is not None:
            loops.append(serve_health(self._database, self._settings.worker_host, self._settings.worker_port))
        tasks = [asyncio.create_task(loop) for loop in loops]
        log.info("worker.started", slots=self._settings.sync_slots)
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._parsers.close()
            await self._embedder.close()
            await self._credentials.close()
            await self._runtime.stop()
            await self._database.close()
            log.info("worker.stopped")

    async def _slot(self) -> None:
        """Claim and run one job after the other; survives a database that is away."""
        backoff, failures = Backoff(base=0.2, cap=15.0), 0
        while True:
            try:
                claimed = await self._jobs.claim()
                failures = 0
            except Exception as error:  # noqa: BLE001 - whatever the driver raises
                failures += 1
                log.warning("worker.claim_failed", error=repr(error))
                await asyncio.sleep(backoff.delay(failures))
                continue
            if claimed is None:
                await woken(self._wake, _POLL_SECONDS)
            else:
                await self._runner.run(*claimed)
                self._synced.set()

    async def _check(self) -> None:
        """Ask one remote after the other whether it has something new; survives a database that is away."""
        poll = min(self._settings.head_check_seconds / 10 or _CHECK_POLL_SECONDS, _CHECK_POLL_SECONDS)
        backoff, failures = Backoff(base=0.2, cap=15.0), 0
        while True:
            try:
                was_due = await self._heads.check_next()
                failures = 0
            except Exception as error:  # noqa: BLE001 - whatever the driver raises
                failures += 1
                log.warning("worker.check_failed", error=repr(error))
                await asyncio.sleep(backoff.delay(failures))
                continue
            if not was_due:
                await woken(self._check_wake, poll)

    async def _tidy(self) -> None:
        """Clear deleted sources away, at once where that is announced, and what else is of no more use."""
        while True:
            try:
                await self._deleted_sources.clear()
                await clear_unwanted(self._database)
                await self._jobs.prune()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                log.warning("worker.tidying_failed", error=repr(error))
            await woken(self._deletion_wake, _TIDY_SECONDS)

    async def _keep_to_one_model(self) -> None:
        """Have embedded anew what is of another model than the configured one: after a start, that may be all."""
        while True:
            try:
                await queue_reindexes(self._database, await self._embedder.identify())
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                log.warning("worker.model_unknown", error=repr(error))
            await asyncio.sleep(_TIDY_SECONDS)

    async def _keep_up_search(self) -> None:
        """Count words and make indexes, after each sync and now and then."""
        while True:
            try:
                await self._search_upkeep.run()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                log.warning("worker.search_upkeep_failed", error=repr(error))
            await woken(self._synced, _UPKEEP_SECONDS)


async def _again(name: str, listen: Callable[[], Awaitable[None]]) -> None:
    """Keep a connection that others can do without for a while: polls and leases go on."""
    backoff, failures, clock = Backoff(base=0.1, cap=_POLL_SECONDS), 0, asyncio.get_running_loop().time
    while True:
        started = clock()
        try:
            await listen()
        except Exception as error:  # noqa: BLE001 - whatever the driver raises
            failures = 1 if clock() - started > _LASTED_SECONDS else failures + 1
            log.warning("worker.connection_failed", connection=name, error=repr(error))
            await asyncio.sleep(backoff.delay(failures))


def _options(settings: Settings) -> RunnerOptions:
    return RunnerOptions(
        policy=_policy(settings),
        limits=Limits(max_file_bytes=settings.max_file_bytes, max_asset_bytes=settings.max_asset_bytes),
        max_files=settings.max_files,
        ca_file=settings.git_ca_file,
        history_commits=settings.history_commits,
    )


def _policy(settings: Settings) -> NetworkPolicy:
    proxy = settings.git_proxy.get_secret_value() if settings.git_proxy else None
    return NetworkPolicy(settings.allow_local_sources, settings.allowed_networks, proxy)


def _credentials(settings: Settings) -> Credentials:
    keys = SealingKeys.parse(settings.sealing_keys.get_secret_value()) if settings.sealing_keys else None
    return Credentials(ServiceClient("projects", settings.projects_url), keys)


async def main(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    work = asyncio.create_task(Worker(settings).run())
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, work.cancel)
    with suppress(asyncio.CancelledError):
        await work


if __name__ == "__main__":
    _settings = Settings()  # pyright: ignore[reportCallIssue] - read from the environment
    configure_logging("documents-worker", json_lines=_settings.log_json, level=_settings.log_level)
    asyncio.run(main(_settings))
