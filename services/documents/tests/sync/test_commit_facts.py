"""The last commits of documents: stored after a sync, whatever happened to the repository in between."""

import asyncio
import dataclasses

import httpx

from documents.sync.commit_facts import CommitFacts
from documents.sync.git import LocalCopy
from documents.sync.network import Remote
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Run, Stack, until


async def _facts(stack: Stack, source_id: int = 1) -> dict[str, str | None]:
    """The last commits of the source's documents by path."""
    rows = await stack.rows("SELECT path, last_commit_sha FROM document WHERE source_id = :id", id=source_id)
    return {row["path"]: row["last_commit_sha"] for row in rows}


async def _read_up_to(stack: Stack) -> str | None:
    return (await stack.rows("SELECT history_sha FROM source WHERE id = 1"))[0]["history_sha"]


def _by_git(repository: GitRepository) -> dict[str, str]:
    """What git itself says of each file."""
    return {path: repository.git("log", "-1", "--format=%H", "--", path) for path in repository.blobs()}


async def _sync(stack: Stack, server: GitHttpServer, **fields: str) -> Run:
    run = await stack.sync(f"{server.url}/open/repository", **fields)
    assert (run.state, run.error_detail, run.warnings) == ("succeeded", None, {})
    return run


async def test_documents_say_who_changed_them_last(
    stack: Stack, repository: GitRepository, server: GitHttpServer, hub: httpx.AsyncClient
) -> None:
    first = repository.commit({"a.md": "# A\n", "b.md": "# B\n"}, "--message=Begin “well”\n\nMore words.")
    second = repository.commit({"a.md": "# A2\n"}, "--author=Grace <grace@example.org>")
    await _sync(stack, server)
    assert await _facts(stack) == {"a.md": second, "b.md": first}
    items = (await hub.get("/api/projects/1/documents")).json()["items"]
    assert items[0]["last_commit"] == {
        "sha": second,
        "committed_at": "2026-05-04T09:30:00.000Z",
        "author": "Grace",
        "subject": "change",
    }
    document = (await hub.get(f"/api/documents/{items[1]['id']}")).json()
    assert document["last_commit"] == items[1]["last_commit"]
    assert document["last_commit"]["sha"] == first
    phases = [event["phase"] for event in await stack.events("documents.sync.progressed")]
    assert phases[-1] == "history"


async def test_only_new_commits_are_read_where_the_branch_went_on(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n", "b.md": "# B\n", "c.md": "# C\n"})
    await _sync(stack, server)
    # A fact that no history holds: it stays as long as nothing older is read.
    await stack.rows("UPDATE document SET last_commit_sha = 'mark' WHERE path = 'c.md' RETURNING id")
    repository.commit({"a.md": "# A2\n"})
    repository.git("mv", "b.md", "d.md")
    tip = repository.commit()
    await _sync(stack, server)
    expected = _by_git(repository) | {"c.md": "mark"}
    assert await _facts(stack) == expected
    assert await _read_up_to(stack) == tip


async def test_a_change_that_was_taken_back_is_the_last_one(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n"})
    await _sync(stack, server)
    repository.commit({"a.md": "# Another\n"})
    back = repository.commit({"a.md": "# A\n"})
    run = await _sync(stack, server)
    assert run.progress["files_changed"] == 0
    assert await _facts(stack) == {"a.md": back}


async def test_another_history_is_read_anew(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    first = repository.commit({"a.md": "# A\n", "b.md": "# B\n"})
    repository.commit({"b.md": "# B2\n"})
    await _sync(stack, server)
    repository.git("reset", "--quiet", "--hard", first)
    tip = repository.commit({"b.md": "# B3\n"}, "--author=Grace <grace@example.org>")
    await _sync(stack, server)
    assert await _facts(stack) == {"a.md": first, "b.md": tip}


async def test_another_folder_brings_files_that_are_older_than_what_was_read(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"docs/a.md": "# A\n", "more/b.md": "# B\n"})
    repository.commit({"docs/a.md": "# A2\n"})
    await _sync(stack, server, docs_path="docs")
    await _sync(stack, server)
    assert await _facts(stack) == _by_git(repository)
    repository.commit({"docs/a.md": "# A3\n"})
    # As if the note had survived: then documents that came in tell that it doesn't speak for them.
    await stack.rows("DELETE FROM document WHERE path = 'more/b.md' RETURNING id")
    await _sync(stack, server)
    assert await _facts(stack) == _by_git(repository)


async def test_history_goes_back_only_so_far(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    repository.commit({"old.md": "# Old\n", "new.md": "# New\n"})
    tip = [repository.commit({"new.md": f"# New {number}\n"}) for number in range(5)][-1]
    stack.options = dataclasses.replace(stack.options, history_commits=3)
    await _sync(stack, server)
    assert await _facts(stack) == {"old.md": None, "new.md": tip}


async def test_without_history_nothing_is_claimed(
    stack: Stack, repository: GitRepository, server: GitHttpServer, hub: httpx.AsyncClient
) -> None:
    repository.commit({"a.md": "# A\n", "b.md": "# B\n"})
    await _sync(stack, server)
    kept = await _facts(stack)
    stack.options = dataclasses.replace(stack.options, history_commits=0)
    repository.commit({"a.md": "# A2\n"})
    await _sync(stack, server)
    assert await _facts(stack) == {"a.md": None, "b.md": kept["b.md"]}
    items = (await hub.get("/api/projects/1/documents")).json()["items"]
    assert items[0]["last_commit"] is None
    versions = (await hub.get(f"/api/documents/{items[0]['id']}/versions")).json()["items"]
    assert [each["last_commit"] and each["last_commit"]["sha"] for each in versions] == [None, kept["a.md"]]


async def test_unchanged_repository_costs_no_look_at_the_history(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n"})
    await _sync(stack, server)
    events = await stack.events("documents.sync.progressed")
    run = await _sync(stack, server)
    assert run.progress["files_changed"] == 0
    later = (await stack.events("documents.sync.progressed"))[len(events) :]
    assert "history" not in [event["phase"] for event in later]


async def test_a_history_that_cant_be_read_is_a_warning(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    first = repository.commit({"a.md": "# A\n"})
    tip = repository.commit({"b.md": "# B\n"})
    await _sync(stack, server)
    # A disk that lost the older commit's tree, and a history that is to be read from its beginning.
    copy = stack.data / "git" / "1.git"
    for pack in [path.rename(stack.data / path.name) for path in copy.glob("objects/pack/*.pack")]:
        repository.git(f"--git-dir={copy}", "unpack-objects", "-q", data=pack.read_bytes())
    tree = repository.git("rev-parse", f"{first}^{{tree}}")
    (copy / "objects" / tree[:2] / tree[2:]).unlink()
    await stack.rows("UPDATE source SET history_sha = NULL RETURNING id")
    await stack.rows("UPDATE document SET last_commit_sha = NULL RETURNING id")
    run = await stack.sync()
    assert run.state == "succeeded"
    assert set(run.warnings) == {""}
    assert run.warnings[""].startswith("The history could not be read: ")
    assert await _facts(stack) == {"a.md": None, "b.md": None}
    assert await _read_up_to(stack) is None
    await _sync(stack, server)
    assert await _facts(stack) == {"a.md": first, "b.md": tip}


async def test_cancelling_stops_the_reading_of_a_history(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n"})
    repository.commit({"b.md": "# B\n"})
    options, stack.options = stack.options, dataclasses.replace(stack.options, history_commits=0)
    await _sync(stack, server)
    stack.options = options
    server.is_old = True  # then to ask for its branches is no POST, and only the history's fetch is held up
    server.released.clear()
    fetches = server.fetches()
    sync_id = await stack.request()
    running = asyncio.create_task(stack.runner().run(*await stack.claim()))
    await until(lambda: _is_at_history(stack))
    await stack.cancel(sync_id)
    await asyncio.wait_for(running, 20)
    assert (await stack.run_of(sync_id)).state == "cancelled"
    assert server.fetches() == fetches
    assert await _facts(stack) == {"a.md": None, "b.md": None}


async def test_files_whose_history_was_never_read_are_looked_up_in_all_of_it(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"docs/a.md": "# A\n", "more/b.md": "# B\n"})
    await _sync(stack, server, docs_path="docs")
    await stack.rows("UPDATE source SET docs_path = NULL RETURNING id")  # a new kind of file comes in
    await stack.request()
    job, progress = await stack.claim()
    progress.files_changed = 1
    await stack.jobs.finish(job, "cancelled", progress)
    assert await _read_up_to(stack) is None
    await _sync(stack, server)
    assert await _facts(stack) == _by_git(repository)


async def test_a_history_that_failed_after_a_change_speaks_for_nothing(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n"})
    await _sync(stack, server)
    assert await _read_up_to(stack) is not None
    repository.commit({"a.md": "# A2\n"})
    sync_id = await stack.request()
    job, progress = await stack.claim()
    progress.files_changed = 1
    facts = CommitFacts(stack.database, stack.jobs, job, 10)
    nowhere = LocalCopy(stack.git, stack.data / "nothing.git")
    await facts.update(nowhere, Remote("u", "https", "u"), "f" * 40, progress)
    assert [each.path for each in progress.warnings] == [""]
    assert await _read_up_to(stack) is None
    assert (await stack.run_of(sync_id)).state == "running"


async def _is_at_history(stack: Stack) -> bool:
    return any(event["phase"] == "history" for event in await stack.events("documents.sync.progressed"))
