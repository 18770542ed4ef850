"""One sync job from its claim to its end: fetch, compare, index, keep images, reconcile, report."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import text

from common.database import Database
from common.http_client import ServiceUnavailable
from documents.embedding import Embedder, EmbeddingUnavailable
from documents.sync import network
from documents.sync.assets import AssetStore
from documents.sync.commit_facts import CommitFacts
from documents.sync.credentials import Credentials, unavailable
from documents.sync.errors import SyncError
from documents.sync.git import Commit, CopyDamaged, LocalCopy
from documents.sync.git_program import GitProgram
from documents.sync.jobs import MAX_ATTEMPTS, Asked, CancelRequested, FencedOut, Job, Jobs, Outcome
from documents.sync.metrics import CHUNKS_EMBEDDED, FINISHED, RUNNING
from documents.sync.network import NetworkPolicy
from documents.sync.parsers import Parsers
from documents.sync.pipeline import Limits, Pipeline
from documents.sync.progress import Progress
from documents.sync.reconciliation import count, difference_to, reconcile
from documents.sync.reindex import Reindex, ReindexOptions
from documents.sync.store import DocumentStore
from documents.sync.tree import Difference, Listing, list_tree

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 1.0
_HEARTBEAT_SECONDS = 8.0
_GIVE_BACK_SECONDS = 60.0
_MOST_DELAY = 30.0
_MOST_COPIES = 3  # the former, a new one, and one from a server that turned out to give no single blobs
_MOST_WAITING = 600.0  # seconds, for projects

_SOURCE = text("""
    SELECT repo_url, branch, docs_path, has_credential, now() FROM source WHERE id = :id AND NOT is_deleted
""")


@dataclass(frozen=True, slots=True)
class SourceCopy:
    """What projects told us about a source, and when (by the database) this was read."""

    repo_url: str
    branch: str | None
    docs_path: str | None
    has_credential: bool
    read_at: datetime

    @property
    def asked(self) -> Asked:
        return Asked(self.repo_url, self.branch, self.read_at)


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """What the operator set."""

    policy: NetworkPolicy = field(default_factory=NetworkPolicy)
    limits: Limits = field(default_factory=Limits)
    max_files: int = 100_000
    ca_file: Path | None = None
    history_commits: int = 1000
    look_seconds: float = _LOOK_SECONDS


class Runner:
    """Runs claimed jobs. All state is in the database and the local copies; one runner may run several at a time."""

    def __init__(
        self,
        database: Database,
        jobs: Jobs,
        git: GitProgram,
        embedder: Embedder,
        options: RunnerOptions,
        *,
        credentials: Credentials | None = None,
        parsers: Parsers | None = None,
    ) -> None:
        self._credentials = credentials or Credentials()
        self._parsers = parsers or Parsers(options.limits.parse_seconds)
        self._database = database
        self._jobs = jobs
        self._git = git
        self._embedder = embedder
        self._options = options
        self._of_source: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, job: Job, progress: Progress) -> None:
        """Run the job until it is done, not ours any more, or given back. Cancel it to stop the worker."""
        bound = log.bind(sync_id=str(job.id), source_id=job.source_id)
        bound.info("sync.begun", attempt=job.attempt)
        try:
            with RUNNING.track_inprogress():
                await self._run(job, progress)
        except FencedOut:
            bound.info("sync.fenced_out")
        except asyncio.CancelledError:
            with suppress(Exception):
                await asyncio.shield(self._jobs.give_back(job, is_counted=False))
            bound.info("sync.given_back")
            raise
        except ServiceUnavailable as error:
            bound.warning("sync.waits_for_service", service=error.service, reason=error.reason)
            await self._give_back(job, is_counted=False)
        except Exception:  # noqa: BLE001 - a lost database or a bug: the job goes on later, a few times
            bound.exception("sync.interrupted")
            await self._give_back(job)

    async def _run(self, job: Job, progress: Progress) -> None:
        while not await self._attempt(job, progress):
            progress = Progress(phase="fetching")
            log.info("sync.wanted_again", sync_id=str(job.id))

    async def _attempt(self, job: Job, progress: Progress) -> bool:
        """Sync once and report the end; False if it must run once more."""
        try:
            if job.attempt > MAX_ATTEMPTS:
                raise SyncError(
                    "SYNC_INTERRUPTED",
                    f"The sync was interrupted {MAX_ATTEMPTS} times without getting on. The worker's log says by what;"
                    " then sync again.",
                )
            source = await self._source(job)
            await self._watched(job, self._work(job, source, progress))
        except CancelRequested:
            return await self._finish(job, "cancelled", progress, None)
        except SyncError as error:
            return await self._finish(job, "failed", progress, error)
        except EmbeddingUnavailable as error:
            return await self._finish(job, "failed", progress, SyncError("EMBEDDING_UNAVAILABLE", str(error)))
        except ServiceUnavailable as error:
            if await self._jobs.waited(job) < _MOST_WAITING:
                raise
            return await self._finish(job, "failed", progress, unavailable(f"gave no answer ({error.reason})"))
        progress.phase = "done"
        return await self._finish(job, "succeeded", progress, None, source.asked)

    async def _finish(
        self,
        job: Job,
        outcome: Outcome,
        progress: Progress,
        error: SyncError | None,
        asked: Asked | None = None,
    ) -> bool:
        # A sync that wrote nothing counted everything when it began, and what is counted are its own rows alone.
        if job.kind != "sync" or outcome != "succeeded" or progress.files_changed or progress.files_removed:
            await count(DocumentStore(self._database, job), progress)
        if not await self._jobs.finish(job, outcome, progress, error, asked):
            return False
        FINISHED.labels(outcome).inc()
        CHUNKS_EMBEDDED.inc(progress.chunks_embedded)
        log.info(
            f"sync.{outcome}",
            sync_id=str(job.id),
            source_id=job.source_id,
            files=progress.files_total,
            changed=progress.files_changed,
            embedded=progress.chunks_embedded,
            error_code=error.code if error else None,
        )
        return True

    async def _watched(self, job: Job, work: Awaitable[None]) -> None:
        """Do the work while holding the lease; stop it when it is cancelled or the job is not ours any more."""
        tasks = [asyncio.ensure_future(work), asyncio.create_task(self._watch(job))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _watch(self, job: Job) -> None:
        """Raises FencedOut or CancelRequested. A database that is away for a moment is no reason to stop."""
        beats = 0
        while True:
            await asyncio.sleep(self._options.look_seconds)
            beats += 1
            is_heartbeat = beats * self._options.look_seconds % _HEARTBEAT_SECONDS < self._options.look_seconds
            try:
                await (self._jobs.hold(job) if is_heartbeat else self._jobs.look(job))
            except (FencedOut, CancelRequested):
                raise
            except Exception as error:  # noqa: BLE001 - whatever the driver raises
                log.warning("sync.heartbeat_failed", sync_id=str(job.id), error=repr(error))

    async def _work(self, job: Job, source: SourceCopy, progress: Progress) -> None:
        """One of a source at a time: a job that was lost and comes back here meets its former run, which ends soon."""
        async with self._of_source[job.source_id]:
            if job.kind == "reindex":
                options = ReindexOptions(self._options.limits, self._parsers, self._git.home)
                await Reindex(self._database, self._jobs, job, self._embedder, options=options).run(progress)
            else:
                await self._sync(job, source, progress)

    async def _sync(self, job: Job, source: SourceCopy, progress: Progress) -> None:
        copy = LocalCopy(
            self._git,
            self._git.home / f"{job.source_id}.git",
            ca_file=self._options.ca_file,
            proxy=self._options.policy.proxy,
        )
        for _ in range(_MOST_COPIES):
            try:
                return await self._sync_from(copy, source, job, progress)
            except CopyDamaged as error:
                log.warning("sync.copy_damaged", source_id=job.source_id, error=str(error))
                await copy.delete()
        raise SyncError(
            "REPOSITORY_DAMAGED",
            "A new copy of the repository was damaged, too. Its own objects may be (run `git fsck` on the server), or"
            " this installation's disk: the worker's log says what git found.",
        )

    async def _sync_from(self, copy: LocalCopy, source: SourceCopy, job: Job, progress: Progress) -> None:
        progress.phase = "fetching"
        remote = await network.check(source.repo_url, self._options.policy)
        if source.has_credential:
            remote = await self._credentials.lend(remote, job.source_id)
        commit = await copy.fetch(remote, source.branch)
        _set_commit(progress, commit)
        progress.phase = "comparing"
        store = DocumentStore(self._database, job)
        listing = await list_tree(copy, commit.sha, source.docs_path, self._options.max_files)
        difference = await difference_to(store, listing)
        await self._begin_indexing(job, progress, store, listing, difference)
        if difference.work:
            store = DocumentStore(self._database, job, await self._embedder.identify())
            wanted = (work.entry.blob_sha for work in difference.work)
            async with copy.blobs(wanted, self._options.limits.max_file_bytes) as read:
                await self._pipeline(read, store, commit, progress).run(difference.work)
        await store.remove(difference.removed, progress)
        assets = AssetStore(self._database, job, self._options.limits.max_asset_bytes)
        not_shown = await assets.update(copy, listing.images, listing.fingerprint, progress)
        progress.phase = "reconciling"
        await reconcile(store, listing, progress, is_same=not difference.work and not difference.removed)
        for path, message in not_shown:
            progress.warn(path, message)
        facts = CommitFacts(self._database, self._jobs, job, self._options.history_commits)
        await facts.update(copy, remote, commit.sha, progress)

    async def _begin_indexing(
        self, job: Job, progress: Progress, store: DocumentStore, listing: Listing, difference: Difference
    ) -> None:
        totals = await store.totals()
        progress.phase = "indexing"
        progress.files_total = len(listing.entries)
        progress.files_done = difference.unchanged
        progress.files_failed = totals.files_failed
        progress.chunks_total = totals.chunks
        progress.warnings = []
        for warning in listing.warnings:
            progress.warn(warning.path, warning.message)
        await self._jobs.report(job, progress)

    def _pipeline(
        self, read: Callable[[str], Awaitable[bytes]], store: DocumentStore, commit: Commit, progress: Progress
    ) -> Pipeline:
        return Pipeline(
            read=read,
            embedder=self._embedder,
            store=store,
            commit_sha=commit.sha,
            progress=progress,
            limits=self._options.limits,
            parsers=self._parsers,
        )

    async def _source(self, job: Job) -> SourceCopy:
        async with self._database.transaction() as session:
            row = (await session.execute(_SOURCE, {"id": job.source_id})).first()
        if row is None:
            raise FencedOut
        return SourceCopy(*row)

    async def _give_back(self, job: Job, *, is_counted: bool = True) -> None:
        """Try for as long as the lease lasts; after that anyone can take the job anyway."""
        deadline = asyncio.get_running_loop().time() + _GIVE_BACK_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            try:
                delay = min(2.0**job.attempt, _MOST_DELAY)
                await self._jobs.give_back(job, delay=delay, is_counted=is_counted)
                return
            except Exception as error:  # noqa: BLE001 - the database may be what is missing
                log.warning("sync.give_back_failed", sync_id=str(job.id), error=repr(error))
                await asyncio.sleep(1)


def _set_commit(progress: Progress, commit: Commit) -> None:
    progress.branch = commit.branch
    progress.commit_sha = commit.sha
    progress.commit_at = commit.committed_at
