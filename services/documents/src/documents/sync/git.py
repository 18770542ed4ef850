"""The local copy of a repository: bare, one branch, without the files nobody asked for, never checked out.

A fetch brings a commit and its trees; the blobs that are wanted follow by their ids. Nothing in the copy says where the
others could be had (git calls that a promisor): a command that misses one fails, and never asks the network by itself.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from documents.sync.blobs import BlobTooLarge, CopyDamaged, arriving, blob_content, blob_size
from documents.sync.errors import SyncError
from documents.sync.git_errors import explained, is_damage, is_refusal, repository_too_large
from documents.sync.git_program import Answer, GitFailed, GitProgram
from documents.sync.network import Remote
from documents.sync.tip import Tip, remote_tip
from documents.sync.transport import Transport

_HEAD = "refs/bmadflow/head"
_REMOTE = "source"
_NO_HISTORY = "no-history"
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force")
_WITHOUT_BLOBS = "--filter=blob:none"
_IGNORED_FILTER = "filtering not recognized"
# Each fetch adds a pack, and none is ever taken out: a copy is rather fetched anew now and then.
_MOST_PACKS = 200
# What a killed git leaves: its locks would make the next fetch fail, the rest it would keep for weeks.
_LEFTOVERS = (
    "objects/pack/tmp_*",
    "objects/pack/*.lock",
    "objects/info/**/*.lock",
    "refs/**/*.lock",
    "*.lock",
    "shallow_*",
)
# Not the history's fault, and over when the network or the disk is well again.
_PASSING = ("REPOSITORY_UNREACHABLE", "DISK_FULL")


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that a sync indexes.

    `branch` is a branch's or a tag's name; None where the repository's HEAD is on none. `committed_at` is None where
    its date is none that we can write.
    """

    sha: str
    branch: str | None
    committed_at: datetime | None


class LocalCopy:
    """The copy of one source in `folder`. One process at a time may use it."""

    def __init__(self, git: GitProgram, folder: Path, *, ca_file: Path | None = None, proxy: str | None = None) -> None:
        self._git = git
        self.folder = folder
        self._transport = Transport(git, ca_file=ca_file, proxy=proxy)
        self._remote: Remote | None = None
        self._needs_all = False

    @property
    def is_full(self) -> bool:
        """Whether the server sends contents with every commit, or sends none by their ids."""
        return self._needs_all or self._full_note.exists()

    @property
    def depth(self) -> int:
        """How many commits back the copy goes."""
        try:
            return int(self._depth_note.read_text())
        except (OSError, ValueError):
            return 1

    def edge(self) -> frozenset[str]:
        """The commits whose parents aren't here although they have some."""
        try:
            return frozenset((self.folder / "shallow").read_text().split())
        except OSError:
            return frozenset()

    async def fetch(self, remote: Remote, branch: str | None) -> Commit:
        """Bring the newest commit of the branch or tag here (of the default branch for None), with its trees.

        Raises SyncError, CopyDamaged.
        """
        self._remote = remote
        tip = await remote_tip(self._transport, remote, branch)
        here = await self._head()
        if here is None or here[0] != tip.sha:
            await self._fetch(remote, tip)
            here = await self._head()
        if here is None:
            raise SyncError("BRANCH_NOT_FOUND", f"“{tip.name or tip.ref}” leads to no commit. Choose a branch.")
        return Commit(here[0], tip.name, time_of(here[1]))

    async def deepen(self, remote: Remote, tip: str, commits: int) -> bool:
        """Have so many commits up to `tip` here; False where the server won't do that. Raises SyncError.

        Costs a fetch if the copy isn't that deep yet; afterwards each sync's own fetch keeps it so. What failed for
        good isn't tried again before there is another tip: it is False then.
        """
        if self.is_full or self._has_given_up(tip):
            return False
        if commits <= self.depth:
            return True
        try:
            answer = await self._fetch_from(remote, f"--depth={commits}", _WITHOUT_BLOBS, _REMOTE, tip)
        except GitFailed as error:
            failure = explained(error, remote)
            if is_refusal(error) or failure.code not in _PASSING:
                self.give_up_history(tip)
            if is_refusal(error):
                return False
            raise failure from error
        if _IGNORED_FILTER in answer.said:
            return False
        self._depth_note.write_text(str(commits))
        return True

    def give_up_history(self, tip: str) -> None:
        """Note that the history up to `tip` can't be had, or not in the time that it may take."""
        self.take_note(_NO_HISTORY, tip)

    def note(self, name: str) -> str | None:
        """What was noted under this name; it goes with the copy."""
        try:
            return (self.folder / f"bmadflow-{name}").read_text()
        except OSError:
            return None

    def take_note(self, name: str, text: str) -> None:
        (self.folder / f"bmadflow-{name}").write_text(text)

    async def read(self, *arguments: str) -> bytes:
        """The output of a command on the copy. Raises GitFailed."""
        return await self._git.run(f"--git-dir={self.folder}", *arguments)

    def records(self, separator: bytes, *arguments: str) -> AsyncGenerator[bytes]:
        """The output of a command on the copy, in parts as they come. Raises GitFailed."""
        return self._git.records(separator, f"--git-dir={self.folder}", *arguments)

    @asynccontextmanager
    async def blobs(
        self, wanted: Iterable[str], max_bytes: int | None = None
    ) -> AsyncGenerator[Callable[[str], Awaitable[bytes]]]:
        """A function from blob ids to bytes. What isn't here of `wanted` is fetched meanwhile, in that order.

        The function raises BlobTooLarge for more than `max_bytes`, CopyDamaged and SyncError.
        """
        missing = await self._missing(wanted)
        try:
            async with self._reading(missing, max_bytes) as read:
                yield read
        except SyncError:
            if await asyncio.to_thread(self._is_too_large):
                await self.delete()  # not earlier: others were reading it
            raise

    @asynccontextmanager
    async def _reading(
        self, missing: Sequence[str], max_bytes: int | None
    ) -> AsyncGenerator[Callable[[str], Awaitable[bytes]]]:
        git_dir = f"--git-dir={self.folder}"
        async with (
            arriving(missing, self._bring) as arrivals,
            self._git.start(git_dir, "cat-file", "--batch-check", is_mute=True) as sizes,
            self._git.start(git_dir, "cat-file", "--batch", is_mute=True) as contents,
        ):

            async def read(blob_id: str) -> bytes:
                await arrivals.wait_for(blob_id)
                try:
                    if max_bytes is not None and (size := await blob_size(sizes, blob_id)) > max_bytes:
                        raise BlobTooLarge(size)
                    return await blob_content(contents, blob_id)
                except CopyDamaged:
                    # Sent without an error and yet not here: this server is not to be asked for single blobs.
                    self._needs_all |= arrivals.is_expected(blob_id)
                    raise

            yield read

    async def delete(self) -> None:
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def _full_note(self) -> Path:
        return self.folder / "bmadflow-full"

    @property
    def _depth_note(self) -> Path:
        return self.folder / "bmadflow-depth"

    def _has_given_up(self, tip: str) -> bool:
        return self.note(_NO_HISTORY) == tip

    async def _head(self) -> tuple[str, str] | None:
        """The id and the time of the commit that is here."""
        try:
            line = (await self.read("log", "-1", "--format=%H %ct", _HEAD, "--")).decode().strip()
        except GitFailed:
            return None
        sha, _, seconds = line.partition(" ")
        return (sha, seconds) if sha else None

    async def _fetch(self, remote: Remote, tip: Tip) -> None:
        if await asyncio.to_thread(self._is_worn):
            await self.delete()
        existed = self.folder.exists()
        try:
            await self._fetch_tip(remote, tip)
        except GitFailed as error:
            if not existed or error.is_timeout:
                raise explained(error, remote) from error
            # Half-written by a killed process, or damaged: a copy is only a copy.
            await self.delete()
            try:
                await self._fetch_tip(remote, tip)
            except GitFailed as again:
                raise explained(again, remote) from again

    async def _fetch_tip(self, remote: Remote, tip: Tip) -> None:
        if not self.folder.exists():
            kind = "sha256" if len(tip.sha) == 64 else "sha1"
            await self._git.run("init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(self.folder))
        if self._needs_all:
            self._full_note.touch()
        # A server counts from the new tip: to stay as deep as the copy is costs only the commits that are new.
        options = ["--depth=1"] if self.is_full else [f"--depth={self.depth}", _WITHOUT_BLOBS]
        answer = await self._fetch_from(remote, *options, _REMOTE, f"+{tip.ref}:{_HEAD}")
        if _IGNORED_FILTER in answer.said:
            self._full_note.touch()

    async def _bring(self, blob_ids: Sequence[str]) -> None:
        """Fetch these blobs. Raises SyncError; CopyDamaged where the server doesn't give them so.

        A blob's size isn't known before it is here. What bounds a batch is git_program's limit on each file (a pack is
        one), on time and on too low a speed; all batches together are looked at after each of them.
        """
        if self._remote is None:
            raise CopyDamaged("blobs are missing, and nothing was fetched")
        ids = "".join(f"{blob_id}\n" for blob_id in blob_ids).encode()
        try:
            # Without negotiation: the server would leave out what the commits that we know of hold.
            config = {"fetch.negotiationAlgorithm": "noop"}
            await self._fetch_from(self._remote, _WITHOUT_BLOBS, "--stdin", _REMOTE, config=config, data=ids)
        except GitFailed as error:
            if is_damage(error):
                raise CopyDamaged(error.said) from error
            if not is_refusal(error):
                raise explained(error, self._remote) from error
            self._needs_all = True
            raise CopyDamaged(f"the server gives no single blobs: {error.said[-200:]}") from error
        if await asyncio.to_thread(self._is_too_large):
            raise repository_too_large()

    async def _fetch_from(
        self, remote: Remote, *arguments: str, config: dict[str, str] | None = None, data: bytes = b""
    ) -> Answer:
        await asyncio.to_thread(self._clear_leftovers)
        # In the environment of this one command. Without it, git would write it into the copy.
        known = {f"remote.{_REMOTE}.url": remote.url}
        if not self.is_full:
            promisor = {"promisor": "true", "partialCloneFilter": "blob:none"}
            known |= {f"remote.{_REMOTE}.{name}": value for name, value in promisor.items()}
            known |= {"maintenance.auto": "false"}
        command = (f"--git-dir={self.folder}", *_FETCH, *arguments)
        return await self._transport.run(remote, *command, config={**known, **(config or {})}, data=data)

    async def _missing(self, wanted: Iterable[str]) -> list[str]:
        """Those of the blobs that aren't here, in the same order. Raises CopyDamaged."""
        ids = list(dict.fromkeys(wanted))
        if not ids:
            return []
        try:
            found = await self._git.run(
                f"--git-dir={self.folder}",
                "cat-file",
                "--batch-check=%(objectname)",
                data="".join(f"{blob_id}\n" for blob_id in ids).encode(),
            )
        except GitFailed as error:
            raise CopyDamaged(error.said) from error
        return [line.split()[0].decode() for line in found.splitlines() if line.endswith(b" missing")]

    def _is_worn(self) -> bool:
        """Whether so much has gathered in the copy that a new one is better."""
        if self.is_full:
            return False  # git itself takes care of it
        packs = self._pack_sizes()
        return len(packs) > _MOST_PACKS or sum(packs) > self._git.limits.file_bytes // 2

    def _is_too_large(self) -> bool:
        return sum(self._pack_sizes()) > self._git.limits.file_bytes

    def _clear_leftovers(self) -> None:
        for pattern in _LEFTOVERS:
            for path in list(self.folder.glob(pattern)):
                path.unlink(missing_ok=True)

    def _pack_sizes(self) -> list[int]:
        return [path.stat().st_size for path in (self.folder / "objects" / "pack").glob("*.pack")]


def time_of(seconds: str) -> datetime | None:
    """Git takes any number for a date, also one far beyond the year 9999."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
