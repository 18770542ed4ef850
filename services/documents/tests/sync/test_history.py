"""Which commit changed a file last."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from documents.sync import network
from documents.sync.errors import SyncError
from documents.sync.git import LocalCopy
from documents.sync.git_program import GitLimits, GitProgram
from documents.sync.history import LastCommit, deepen, last_commits
from documents.sync.network import Remote
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import LOCAL


@pytest.fixture
def copy(tmp_path: Path) -> LocalCopy:
    program = GitProgram(tmp_path / "git", GitLimits(seconds=60))
    program.prepare()
    return LocalCopy(program, program.home / "1.git")


@pytest.fixture
async def remote(server: GitHttpServer) -> Remote:
    return await network.check(f"{server.url}/open/repository", LOCAL)


async def _fetched(copy: LocalCopy, remote: Remote, commits: int = 100) -> str:
    tip = (await copy.fetch(remote, None)).sha
    assert await deepen(copy, remote, tip, commits)
    return tip


async def _shas(
    copy: LocalCopy, tip: str, repository: GitRepository, since: str | None = None
) -> dict[str, str | None]:
    found = await last_commits(copy, tip, since, repository.blobs())
    return {path: commit and commit.sha for path, commit in found.items()}


async def test_each_file_has_its_last_commit(copy: LocalCopy, remote: Remote, repository: GitRepository) -> None:
    first = repository.commit({"a.md": "# A\n", "b.md": "# B\n", "src/main.py": "pass\n"})
    second = repository.commit({"b.md": "# B2\n"})
    repository.git("mv", "a.md", "docs.md")
    third = repository.commit()
    tip = await _fetched(copy, remote)
    assert await _shas(copy, tip, repository) == {"docs.md": third, "b.md": second, "src/main.py": first}
    (found,) = (await last_commits(copy, tip, None, {"b.md": repository.blobs()["b.md"]})).values()
    assert found == LastCommit(second, datetime(2026, 5, 4, 9, 30, tzinfo=UTC), "Ada", "change")


async def test_after_a_push_only_its_commits_are_read(
    copy: LocalCopy, remote: Remote, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({f"{number}.md": f"# {number}\n" for number in range(20)})
    for number in range(30):
        repository.commit({"a.md": f"# {number}\n"})
    before = await _fetched(copy, remote)
    new = repository.commit({"3.md": "# New\n"})
    sent = server.sent
    tip = await _fetched(copy, remote)
    assert server.sent - sent < 3_000
    assert await _shas(copy, tip, repository, before) == {"3.md": new}
    assert await _shas(copy, tip, repository, tip) == {}


async def test_a_rewritten_history_is_read_again(copy: LocalCopy, remote: Remote, repository: GitRepository) -> None:
    first = repository.commit({"a.md": "# A\n"})
    repository.commit({"b.md": "# B\n"})
    before = await _fetched(copy, remote)
    forced = repository.commit({"b.md": "# B2\n"}, "--amend")
    tip = await _fetched(copy, remote)
    for since in (before, "0" * 40, "not an id"):
        assert await _shas(copy, tip, repository, since) == {"a.md": first, "b.md": forced}


async def test_the_edge_of_the_history_is_credited_with_nothing(
    copy: LocalCopy, remote: Remote, repository: GitRepository
) -> None:
    repository.commit({"a.md": "# A\n"})
    repository.commit({"b.md": "# B\n"})
    third = repository.commit({"c.md": "# C\n"})
    tip = await _fetched(copy, remote, 2)
    assert await _shas(copy, tip, repository) == {"a.md": None, "b.md": None, "c.md": third}
    assert await deepen(copy, remote, tip, 100)
    assert None not in (await _shas(copy, tip, repository)).values()


async def test_merges(copy: LocalCopy, remote: Remote, repository: GitRepository) -> None:
    base = repository.commit({"same.md": "# S\n", "side.md": "# 1\n", "both.md": "# 1\n", "dropped.md": "# 1\n"})
    repository.git("checkout", "--quiet", "-b", "side")
    side = repository.commit({"side.md": "# 2\n", "both.md": "# 2\n", "dropped.md": "# 2\n"})
    repository.git("checkout", "--quiet", "main")
    main = repository.commit({"main.md": "# M\n", "both.md": "# 3\n"})
    repository.git("merge", "--quiet", "--no-commit", "--no-ff", "--strategy=ours", "side")
    # The merge takes one file from the side, drops another, and makes a third one itself.
    merge = repository.commit({"side.md": "# 2\n", "both.md": "# 2 and 3\n"})
    tip = await _fetched(copy, remote)
    assert tip == merge
    assert await _shas(copy, tip, repository) == {
        "same.md": base,
        "side.md": side,
        "main.md": main,
        "both.md": merge,
        "dropped.md": base,
    }


async def test_a_merged_line_that_is_older_than_the_history_is_read_anew(
    copy: LocalCopy, remote: Remote, repository: GitRepository
) -> None:
    repository.commit({"a.md": "# A\n"})
    repository.git("branch", "side")
    for number in range(4):
        repository.commit({"b.md": f"# {number}\n"})
    before = await _fetched(copy, remote, 2)
    repository.git("checkout", "--quiet", "side")
    repository.commit({"a.md": "# A2\n"})
    repository.commit({"c.md": "# C\n"})
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--message=merge", "side")
    tip = await _fetched(copy, remote, 2)
    found = await _shas(copy, tip, repository, before)
    assert (set(found), found["a.md"]) == ({"a.md", "b.md", "c.md"}, None)


async def test_hostile_authors_and_subjects(copy: LocalCopy, remote: Remote, repository: GitRepository) -> None:
    repository.commit({"a.md": "# A\n"})
    tree = repository.git("rev-parse", "HEAD^{tree}")
    person = b"Ren\xe9e \x01:100644 <\xff> 300000000000 +0000"
    commit = b"tree %b\nauthor %b\ncommitter %b\n\n:%b\n" % (tree.encode(), person, person, b"word " * 600_000)
    sha = repository.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", data=commit)
    repository.git("update-ref", "refs/heads/main", sha)
    tip = await _fetched(copy, remote)
    found = (await last_commits(copy, tip, None, repository.blobs()))["a.md"]
    assert found is not None
    assert (found.sha, found.committed_at, found.author) == (sha, None, "Ren\ufffde \x01:100644")
    assert found.subject == (":" + "word " * 40)[:200]


async def test_no_blob_is_fetched(
    copy: LocalCopy, remote: Remote, repository: GitRepository, server: GitHttpServer
) -> None:
    for number in range(5):
        repository.commit({"a.md": f"# {number}\n" * 1000, "b.py": f"# {number}\n"})
    tip = await _fetched(copy, remote)
    before = len(server.requests)
    await last_commits(copy, tip, None, repository.blobs())
    assert len(server.requests) == before
    kinds = await copy.read("cat-file", "--batch-all-objects", "--batch-check=%(objecttype)")
    assert set(kinds.split()) == {b"commit", b"tree"}
    assert await deepen(copy, remote, tip, 100)  # as deep as that already
    assert len(server.requests) == before


async def test_a_server_that_is_gone_is_an_error(
    copy: LocalCopy, remote: Remote, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n"})
    repository.commit({"b.md": "# B\n"})
    tip = (await copy.fetch(remote, None)).sha
    server.shutdown()
    server.server_close()
    with pytest.raises(SyncError) as caught:
        await deepen(copy, remote, tip, 100)
    assert caught.value.code == "REPOSITORY_UNREACHABLE"
    assert copy.depth == 1


async def test_a_history_that_is_refused_is_not_asked_for_again_before_the_next_commit(
    copy: LocalCopy, remote: Remote, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n"})
    tip = (await copy.fetch(remote, None)).sha
    unknown = "0" * 39 + "1"  # to the server, a commit that it doesn't give
    assert not await deepen(copy, remote, unknown, 100)
    before = len(server.requests)
    assert not await deepen(copy, remote, unknown, 100)
    assert len(server.requests) == before
    assert await deepen(copy, remote, tip, 100)


async def test_a_history_that_takes_too_long_is_left_out_and_the_copy_kept(
    tmp_path: Path, remote: Remote, repository: GitRepository
) -> None:
    program = GitProgram(tmp_path / "git", GitLimits(seconds=60))
    program.prepare()
    copy = LocalCopy(program, program.home / "1.git")
    # More than a pipe holds: what is all there at once takes no time, and so not too long.
    repository.commit({f"{number:04}-{'a' * 100}.md": f"# {number}\n" for number in range(2_000)})
    before = await _fetched(copy, remote)
    program.limits = GitLimits(seconds=0)
    with pytest.raises(SyncError) as caught:
        await last_commits(copy, before, None, repository.blobs())
    program.limits = GitLimits(seconds=60)
    assert caught.value.code == "FETCH_TIMEOUT"
    assert not await deepen(copy, remote, before, 100)
    tip = repository.commit({"a.md": "# A2\n"})
    assert await _fetched(copy, remote) == tip
    assert (await _shas(copy, tip, repository))["a.md"] == tip


async def test_no_history_where_it_would_bring_all_contents(
    copy: LocalCopy, remote: Remote, repository: GitRepository, server: GitHttpServer
) -> None:
    server.filters = False
    repository.commit({"a.md": "# A\n"})
    tip = (await copy.fetch(remote, None)).sha
    before = len(server.requests)
    assert not await deepen(copy, remote, tip, 100)
    assert not await deepen(copy, remote, tip, 0)
    assert len(server.requests) == before
