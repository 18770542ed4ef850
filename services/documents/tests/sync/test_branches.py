"""Any branch or tag can be synced, and whatever happens to it is just another difference."""

from pathlib import Path

import pytest

from documents.sync import network
from documents.sync.errors import SyncError
from documents.sync.git_program import Answer, GitLimits, GitProgram
from documents.sync.network import Remote
from documents.sync.tip import Tip, remote_tip
from documents.sync.transport import Transport
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import LOCAL, Stack


@pytest.fixture
def transport(tmp_path: Path) -> Transport:
    program = GitProgram(tmp_path / "git", GitLimits(seconds=60))
    program.prepare()
    return Transport(program)


async def _tip(transport: Transport, repository: GitRepository, branch: str | None) -> Tip:
    return await remote_tip(transport, await network.check(str(repository.folder), LOCAL), branch)


async def _code(transport: Transport, repository: GitRepository, branch: str | None) -> str:
    with pytest.raises(SyncError) as caught:
        await _tip(transport, repository, branch)
    return caught.value.code


async def test_a_name_is_a_branch_before_it_is_a_tag(transport: Transport, repository: GitRepository) -> None:
    first = repository.commit({"a.md": "# A\n"})
    repository.git("tag", "light")
    repository.git("tag", "--annotate", "--message=one", "v1")
    repository.git("tag", "--annotate", "--message=of a tag", "twice", "v1")
    repository.git("branch", "side")
    repository.git("branch", "docs/side")
    second = repository.commit({"a.md": "# B\n"})
    repository.git("tag", "main")
    third = repository.commit({"a.md": "# C\n"})
    known = [
        (None, third, "refs/heads/main", "main"),
        ("main", third, "refs/heads/main", "main"),
        ("refs/heads/main", third, "refs/heads/main", "main"),
        ("refs/tags/main", second, "refs/tags/main", "main"),
        ("side", first, "refs/heads/side", "side"),
        ("docs/side", first, "refs/heads/docs/side", "docs/side"),
        ("light", first, "refs/tags/light", "light"),
        ("v1", first, "refs/tags/v1", "v1"),
        ("twice", first, "refs/tags/twice", "twice"),
    ]
    for name, sha, ref, shown in known:
        assert await _tip(transport, repository, name) == Tip(sha, ref, shown), name
    for name in ("mai", "ide", "*", "v", "HEAD", "refs/heads/v1"):
        assert await _code(transport, repository, name) == "BRANCH_NOT_FOUND", name


async def test_repositories_without_a_default_branch(transport: Transport, repository: GitRepository) -> None:
    assert await _code(transport, repository, None) == "REPOSITORY_EMPTY"
    assert await _code(transport, repository, "main") == "REPOSITORY_EMPTY"
    first = repository.commit({"a.md": "# A\n"})
    repository.git("symbolic-ref", "HEAD", "refs/heads/gone")
    assert await _code(transport, repository, None) == "BRANCH_NOT_FOUND"
    repository.git("checkout", "--quiet", "--detach", first)
    assert await _tip(transport, repository, None) == Tip(first, "HEAD", None)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("refs/heads/feature/a.b", "feature/a.b"),
        ("refs/heads/m", "m"),
        ("refs/heads/*", None),
        ("refs/heads/a:refs/heads/b", None),
        ("refs/heads/a..b", None),
        ("refs/heads/a.lock", None),
        ("refs/heads/", None),
        ("refs/tags/v1", None),
        ("main", None),
    ],
)
async def test_what_a_server_says_of_its_head_is_a_branch_or_nothing(
    transport: Transport, monkeypatch: pytest.MonkeyPatch, target: str, name: str | None
) -> None:
    sha = "1" * 40

    async def answer(*_arguments: object, **_options: object) -> Answer:
        return Answer(f"ref: {target}\tHEAD\n{sha}\tHEAD\n".encode(), "")

    monkeypatch.setattr(transport, "run", answer)
    tip = await remote_tip(transport, Remote("https://a.invalid/r", "https", "https://a.invalid/r"), None)
    assert tip == Tip(sha, f"refs/heads/{name}" if name else "HEAD", name)


async def test_asking_costs_one_request_for_what_is_named(
    transport: Transport, repository: GitRepository, server: GitHttpServer
) -> None:
    sha = repository.commit({"a.md": "# A\n"})
    for number in range(300):
        repository.git("update-ref", f"refs/pull/{number}/head", sha)
    remote = await network.check(f"{server.url}/open/repository", LOCAL)
    assert (await remote_tip(transport, remote, "main")).sha == sha
    assert len(server.requests) == 2  # what it can do, and what it has
    assert server.sent < 2_000


async def test_a_tag_is_synced(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    first = repository.commit({"a.md": "# A\n\nText.\n"})
    repository.git("tag", "--annotate", "--message=one", "v1")
    repository.commit({"b.md": "# B\n"})
    url = f"{server.url}/open/repository"
    for _ in range(2):
        run = await stack.sync(url, branch="v1")
        assert (run.state, run.progress["commit_sha"], run.progress["branch"]) == ("succeeded", first, "v1")
    assert set(await stack.blobs()) == {"a.md"}


async def test_a_tag_of_no_commit_says_so(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({"a.md": "# A\n"})
    repository.git("tag", "file", repository.git("rev-parse", "HEAD:a.md"))
    run = await stack.sync(f"{server.url}/open/repository", branch="file")
    assert (run.state, run.error_code) == ("failed", "BRANCH_NOT_FOUND")
    assert "leads to no commit" in (run.error_detail or "")


async def test_switching_rewriting_and_deleting_a_branch(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    url = f"{server.url}/open/repository"
    repository.commit({"a.md": "# A\n", "b.md": "# B\n"})
    assert (await stack.sync(url)).state == "succeeded"
    repository.git("checkout", "--quiet", "--orphan", "other")
    repository.git("rm", "--quiet", "-rf", ".")
    repository.commit({"b.md": "# B\n", "c.md": "# C\n"})
    run = await stack.sync(url, branch="other")
    assert (run.progress["files_changed"], run.progress["files_removed"]) == (1, 1)
    assert await stack.blobs() == repository.blobs()
    repository.git("checkout", "--quiet", "main")
    repository.commit({"a.md": "# A2\n"}, "--amend")
    assert (await stack.sync(url, branch="main")).state == "succeeded"
    repository.commit({"a.md": "# A3\n"}, "--amend")  # forced: no descendant of what was synced
    run = await stack.sync(url, branch="main")
    assert (run.state, run.progress["files_changed"]) == ("succeeded", 1)
    kept = await stack.blobs()
    assert kept == repository.blobs()
    repository.git("branch", "-D", "other")
    run = await stack.sync(url, branch="other")
    assert (run.state, run.error_code) == ("failed", "BRANCH_NOT_FOUND")
    assert await stack.blobs() == kept
