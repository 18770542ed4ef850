"""A copy holds the commit, its trees and the blobs that were wanted: nothing else is fetched, then or later."""

import dataclasses
import random
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from documents.sync import blobs, git, network
from documents.sync.errors import SyncError
from documents.sync.git import BlobTooLarge, CopyDamaged, LocalCopy
from documents.sync.git_errors import is_refusal
from documents.sync.git_program import GitFailed, GitLimits, GitProgram
from documents.sync.network import Remote
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import LOCAL, Stack

DOCS: dict[str, str | bytes] = {"a.md": "# A\n\nText.\n", "docs/b.md": "# B\n\nMore text.\n"}


@pytest.fixture
def program(tmp_path: Path) -> GitProgram:
    program = GitProgram(tmp_path / "git", GitLimits(seconds=60))
    program.prepare()
    return program


@pytest.fixture
def copy(program: GitProgram) -> LocalCopy:
    return LocalCopy(program, program.home / "1.git")


@pytest.fixture
async def remote(server: GitHttpServer) -> Remote:
    return await network.check(f"{server.url}/open/repository", LOCAL)


def _code(count: int, size: int) -> dict[str, str | bytes]:
    source = random.Random(1)
    return {f"src/{number}.bin": source.randbytes(size) for number in range(count)}


async def _held(copy: LocalCopy, blob_ids: Iterable[str]) -> set[str]:
    """Those of the blobs that the copy holds."""
    listing = await copy.read("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return set(listing.decode().split()) & set(blob_ids)


def _config(copy: LocalCopy) -> str:
    return (copy.folder / "config").read_text().lower()


async def test_only_documents_are_fetched(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({**DOCS, **_code(50, 10_000)})
    assert (await stack.sync(f"{server.url}/open/repository")).state == "succeeded"
    known = repository.blobs()
    copy = LocalCopy(stack.git, stack.git.home / "1.git")
    assert await _held(copy, known.values()) == {known[path] for path in DOCS}
    assert server.sent < 100_000
    assert await stack.blobs() == {path: known[path] for path in DOCS}


@pytest.mark.parametrize("as_url", [True, False])
async def test_a_repository_on_this_machine_is_copied_alike(
    stack: Stack, repository: GitRepository, *, as_url: bool
) -> None:
    repository.commit({**DOCS, **_code(3, 1_000)})
    address = f"file://{repository.folder}" if as_url else str(repository.folder)
    assert (await stack.sync(address)).state == "succeeded"
    known = repository.blobs()
    copy = LocalCopy(stack.git, stack.git.home / "1.git")
    assert await _held(copy, known.values()) == {known[path] for path in DOCS}


@pytest.mark.parametrize(("filters", "is_old"), [(False, False), (True, True), (False, True)])
async def test_a_server_that_knows_no_filter_or_gives_no_single_blob(
    stack: Stack, repository: GitRepository, server: GitHttpServer, *, filters: bool, is_old: bool
) -> None:
    server.filters, server.is_old = filters, is_old
    repository.commit({**DOCS, **_code(3, 1_000)})
    url = f"{server.url}/open/repository"
    run = await stack.sync(url)
    assert (run.state, run.error_detail, run.progress["files_total"]) == ("succeeded", None, 2)
    copy = LocalCopy(stack.git, stack.git.home / "1.git")
    assert copy.is_full
    assert "promisor" not in _config(copy)
    repository.commit({"a.md": "# A\n\nAnother text.\n"})
    made = copy.folder.stat().st_ino
    assert (await stack.sync()).state == "succeeded"
    assert copy.folder.stat().st_ino == made  # it wasn't asked for single blobs again
    assert await stack.blobs() == {path: repository.blobs()[path] for path in DOCS}


async def test_no_command_fetches_by_itself(
    copy: LocalCopy, remote: Remote, repository: GitRepository, server: GitHttpServer
) -> None:
    tip = repository.commit(DOCS)
    await copy.fetch(remote, None)
    missing = repository.blobs()["a.md"]
    before = len(server.requests)
    for command in (["cat-file", "blob", missing], ["show", f"{tip}:a.md"], ["archive", tip], ["gc", "--prune=now"]):
        with pytest.raises(GitFailed):
            await copy.read(*command)
    assert (await copy.read("log", "--raw", tip)).startswith(b"commit")
    assert len(server.requests) == before
    assert "promisor" not in _config(copy)
    assert "http" not in _config(copy)


async def test_blobs_that_are_here_are_not_fetched_again(
    copy: LocalCopy, remote: Remote, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit(DOCS)
    await copy.fetch(remote, None)
    known = repository.blobs()
    async with copy.blobs([known["a.md"]]) as read:
        assert await read(known["a.md"]) == b"# A\n\nText.\n"
    before = server.fetches()
    async with copy.blobs([known["a.md"]]) as read:
        assert await read(known["a.md"]) == b"# A\n\nText.\n"
    assert server.fetches() == before
    async with copy.blobs(known.values()) as read:
        assert await read(known["docs/b.md"]) == b"# B\n\nMore text.\n"
    assert server.fetches() == before + 1


async def test_a_blob_that_never_was_wanted_is_damage(
    copy: LocalCopy, remote: Remote, repository: GitRepository
) -> None:
    repository.commit(DOCS)
    await copy.fetch(remote, None)
    async with copy.blobs([]) as read:
        with pytest.raises(CopyDamaged):
            await read(repository.blobs()["a.md"])
    assert not copy.is_full


async def test_a_blob_that_is_too_large_is_not_read(copy: LocalCopy, remote: Remote, repository: GitRepository) -> None:
    repository.commit({"a.md": "# A\n", "b.md": "b" * 5_000})
    await copy.fetch(remote, None)
    known = repository.blobs()
    async with copy.blobs(known.values(), 4_999) as read:
        with pytest.raises(BlobTooLarge) as caught:
            await read(known["b.md"])
        assert caught.value.size == 5_000
        assert await read(known["a.md"]) == b"# A\n"


async def test_batches_come_while_the_first_one_is_read(
    copy: LocalCopy,
    remote: Remote,
    repository: GitRepository,
    server: GitHttpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blobs, "_BATCHES", (1, 2, 3))
    repository.commit({f"{number}.md": f"# Document {number}\n" for number in range(10)})
    await copy.fetch(remote, None)
    known, before = repository.blobs(), server.fetches()
    async with copy.blobs(known.values()) as read:
        contents = [await read(blob_id) for blob_id in known.values()]
    assert contents == [f"# Document {number}\n".encode() for number in range(10)]
    assert server.fetches() - before == 5  # 1 + 2 + 3 + 3 + 1


async def test_a_server_that_breaks_off_between_batches_is_no_reason_for_a_full_copy(
    copy: LocalCopy, repository: GitRepository, server: GitHttpServer, remote: Remote
) -> None:
    repository.commit(DOCS)
    await copy.fetch(remote, None)
    server.shutdown()
    server.server_close()
    known = repository.blobs()
    async with copy.blobs(known.values()) as read:
        with pytest.raises(SyncError) as caught:
            await read(known["a.md"])
    assert caught.value.code == "REPOSITORY_UNREACHABLE"
    assert not copy.is_full


async def test_what_a_killed_fetch_left_is_cleared_away(
    copy: LocalCopy, remote: Remote, repository: GitRepository
) -> None:
    repository.commit(DOCS)
    await copy.fetch(remote, None)
    names = ("objects/pack/tmp_pack_abc", "shallow.lock", "packed-refs.lock", "refs/bmadflow/head.lock")
    left = [copy.folder / name for name in names]
    for path in left:
        path.touch()
    made = copy.folder.stat().st_ino
    sha = repository.commit({"a.md": "# New\n"})
    assert (await copy.fetch(remote, None)).sha == sha
    assert [path for path in left if path.exists()] == []
    assert copy.folder.stat().st_ino == made  # nothing had to be fetched anew
    left[1].touch()
    assert await copy.deepen(remote, sha, 10)


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("fatal: remote error: upload-pack: not our ref 0123", True),
        ("error: Server does not allow request for unadvertised object 0123", True),
        ("fatal: remote error: filter 'blob:none' not supported", True),
        ("error: RPC failed; HTTP 403 curl 22 The requested URL returned error: 403", True),
        ("error: RPC failed; HTTP 503 curl 22 The requested URL returned error: 503", False),
        ("ended with status -9", False),
        ("error: index-pack died of signal 9\nfatal: fetch-pack: invalid index-pack output", False),
        ("fatal: write error: Input/output error", False),
        ("remote: warning: filter in use\nfatal: read error: Input/output error", False),
    ],
)
async def test_only_what_a_server_says_is_a_refusal(said: str, *, is_one: bool) -> None:
    assert is_refusal(GitFailed("fetch", said)) is is_one


async def test_objects_with_long_ids(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    shutil.rmtree(repository.folder / ".git")
    repository.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256")
    commit = repository.commit({**DOCS, **_code(3, 1_000)})
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.progress["commit_sha"], len(commit)) == ("succeeded", commit, 64)
    assert await stack.blobs() == {path: repository.blobs()[path] for path in DOCS}
    rows = await stack.rows("SELECT DISTINCT last_commit_sha FROM document")
    assert rows == [{"last_commit_sha": commit}]


async def test_all_batches_together_are_bounded(
    stack: Stack, repository: GitRepository, server: GitHttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs, "_BATCHES", (1,))
    stack.git.limits = dataclasses.replace(stack.git.limits, file_bytes=40_000)
    source = random.Random(1)
    repository.commit({f"{number}.md": source.randbytes(15_000).hex() for number in range(6)})
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.error_code) == ("failed", "REPOSITORY_TOO_LARGE")
    assert not (stack.git.home / "1.git").exists()


async def test_a_copy_of_many_packs_is_made_anew(
    stack: Stack, repository: GitRepository, server: GitHttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "_MOST_PACKS", 3)
    url = f"{server.url}/open/repository"
    packs: list[int] = []
    for number in range(5):
        repository.commit({"a.md": f"# Number {number}\n"})
        assert (await stack.sync(url)).state == "succeeded"
        packs.append(len(list((stack.git.home / "1.git" / "objects" / "pack").glob("*.pack"))))
    assert packs[:3] == [packs[0], packs[0] + 2, packs[0]]
    assert packs[3:] == packs[1:3]
    assert await stack.blobs() == repository.blobs()
