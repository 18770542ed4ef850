"""Syncing a real repository over HTTP: what the index holds is what the repository holds."""

from datetime import datetime

from sqlalchemy import event

from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Stack

PRD = """---
title: Product requirements
---
# Product

Opening words.

## Goals

- FR-12: the reader finds passages. See [the story](stories/1.1.story.md).

## Risks

Naïve users.
"""
STORY = "# Story 1.1: Search\n\n## Status\n\nDone\n\n## Story\n\nAs a reader I want to search.\n"


async def _first(stack: Stack, repository: GitRepository, server: GitHttpServer) -> str:
    commit = repository.commit(
        {
            "docs/prd.md": PRD,
            "docs/stories/1.1.story.md": STORY,
            "docs/data.csv": "name,age\nAda,36\n",
            "config.yaml": "a: {b: 1}\n",
            "src/main.py": "print('no document')\n",
        }
    )
    run = await stack.sync(f"{server.url}/open/repository")
    assert (run.state, run.error_detail) == ("succeeded", None)
    return commit


async def test_first_sync_indexes_every_document(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    commit = await _first(stack, repository, server)
    tree = repository.blobs()
    del tree["src/main.py"]
    assert await stack.blobs() == tree
    await stack.assert_sound()
    succeeded = (await stack.events("documents.sync"))[-1]
    assert succeeded["type"] == "documents.sync.succeeded.v1"
    assert succeeded["remote_checked_at"] is not None
    assert succeeded | {
        "chunks_total": 0,
        "chunks_embedded": 0,
        "started_at": "",
        "finished_at": "",
        "remote_checked_at": "",
    } == {
        "type": "documents.sync.succeeded.v1",
        "sync_id": succeeded["sync_id"],
        "project_id": 1,
        "source_id": 1,
        "phase": "done",
        "branch": "main",
        "commit_sha": commit,
        "commit_at": "2026-05-04T09:30:00.000Z",
        "files_total": 4,
        "files_done": 4,
        "files_changed": 4,
        "files_removed": 0,
        "files_failed": 0,
        "chunks_total": 0,
        "chunks_embedded": 0,
        "warnings": [],
        "error_code": None,
        "error_detail": None,
        "started_at": "",
        "finished_at": "",
        "remote_checked_at": "",
    }
    assert succeeded["chunks_total"] == succeeded["chunks_embedded"] == len(await stack.rows("SELECT id FROM chunk"))


async def test_sync_publishes_started_first_and_each_document(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _first(stack, repository, server)
    assert (await stack.events())[0]["type"] == "documents.sync.started.v1"
    changed = await stack.events("documents.document")
    assert {(event["path"], event["change"]) for event in changed} == {(path, "added") for path in await stack.blobs()}


async def test_words_find_identifiers_in_every_spelling(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _first(stack, repository, server)
    for spelling in ("FR-12", "FR12", "fr 12"):
        found = "SELECT id FROM chunk WHERE words @@ plainto_tsquery('simple', :query)"
        assert await stack.rows(found, query=spelling), spelling
    assert await stack.rows("SELECT id FROM chunk WHERE words @@ to_tsquery('simple', 'naive')")


async def test_unchanged_repository_costs_no_download_and_no_embedding(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _first(stack, repository, server)
    chunks = await stack.rows("SELECT id FROM chunk ORDER BY id")
    downloads = sum("POST" in request for request in server.requests)
    run = await stack.sync()
    assert run.state == "succeeded"
    assert await stack.rows("SELECT id FROM chunk ORDER BY id") == chunks
    wanted = {"files_total": 4, "files_done": 4, "files_changed": 0, "chunks_total": len(chunks), "chunks_embedded": 0}
    assert {key: run.progress[key] for key in wanted} == wanted
    # With protocol version 2, to list the branches is a POST too; to fetch would be two more.
    assert sum("POST" in request for request in server.requests) == downloads + 1


async def test_an_unchanged_sync_reads_no_link_and_counts_once(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _first(stack, repository, server)
    await stack.sync()  # what it saw is noted, so that the next one needn't look
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(stack.database.engine.sync_engine, "before_cursor_execute", note)
    run = await stack.sync()
    assert run.state == "succeeded"
    assert [each for each in asked if "FROM link" in each] == []
    assert sum("count(*) FROM chunk" in each for each in asked) == 1
    assert sum("sha256(" in each for each in asked) == 1
    assert run.progress["chunks_total"] == await stack.count("chunk")


async def test_edit_replaces_text_and_names_changed_sections(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _first(stack, repository, server)
    before = await stack.rows("SELECT id FROM document WHERE path = 'docs/prd.md'")
    commit = repository.commit({"docs/prd.md": PRD.replace("Naïve users.", "Impatient users.")})
    run = await stack.sync()
    assert (run.progress["files_changed"], run.progress["chunks_embedded"]) == (1, 1)
    assert not await stack.rows("SELECT id FROM chunk WHERE text LIKE '%Naïve%'")
    assert await stack.rows("SELECT id FROM document WHERE path = 'docs/prd.md'") == before
    event = (await stack.events("documents.document.changed"))[-1]
    assert (event["change"], event["changed_anchors"], event["commit_sha"]) == ("modified", ["risks"], commit)
    await stack.assert_sound()


async def test_rename_keeps_the_document_and_its_vectors(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _first(stack, repository, server)
    (before,) = await stack.rows("SELECT id FROM document WHERE path = 'docs/prd.md'")
    repository.git("mv", "docs/prd.md", "docs/product.md")
    repository.commit()
    run = await stack.sync()
    (after,) = await stack.rows("SELECT id, title FROM document WHERE path = 'docs/product.md'")
    assert after["id"] == before["id"]
    assert (run.progress["chunks_embedded"], run.progress["files_removed"]) == (0, 0)
    event = (await stack.events("documents.document.changed"))[-1]
    assert (event["change"], event["path"], event["changed_anchors"]) == ("renamed", "docs/product.md", [])
    assert not await stack.events("documents.document.removed")
    await stack.assert_sound()


async def test_only_another_content_or_path_is_an_update(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _first(stack, repository, server)
    first = await _update_times(stack)
    # As if an older parser had read everything.
    await stack.rows("UPDATE document SET parser_version = 0, html = '' RETURNING id")
    assert (await stack.sync()).progress["files_changed"] == 4
    assert not await stack.rows("SELECT id FROM document WHERE html = '' OR parser_version = 0")
    assert await _update_times(stack) == first
    repository.git("mv", "docs/data.csv", "docs/ages.csv")
    repository.commit({"docs/prd.md": PRD + "\nMore.\n"})
    await stack.sync()
    second = await _update_times(stack)
    assert second["docs/prd.md"] > first["docs/prd.md"]
    assert second["docs/ages.csv"] > first["docs/data.csv"]
    assert {path for path in first if second.get(path) == first[path]} == {"docs/stories/1.1.story.md", "config.yaml"}


async def _update_times(stack: Stack) -> dict[str, datetime]:
    return {row["path"]: row["updated_at"] for row in await stack.rows("SELECT path, updated_at FROM document")}


async def test_deleted_files_vanish_with_everything(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _first(stack, repository, server)
    repository.git("rm", "--quiet", "docs/prd.md", "config.yaml")
    repository.commit()
    run = await stack.sync()
    assert (run.progress["files_total"], run.progress["files_removed"]) == (2, 2)
    assert set(await stack.blobs()) == {"docs/stories/1.1.story.md", "docs/data.csv"}
    assert not await stack.rows("SELECT id FROM link")
    removed = await stack.events("documents.document.removed")
    assert {event["path"] for event in removed} == {"docs/prd.md", "config.yaml"}
    await stack.assert_sound()


async def test_force_push_is_followed(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    await _first(stack, repository, server)
    repository.git("checkout", "--quiet", "--orphan", "fresh")
    repository.git("rm", "--quiet", "-r", "--cached", ".")
    for path in ("docs/prd.md", "config.yaml", "src/main.py"):
        (repository.folder / path).unlink()
    commit = repository.commit({"new.md": "# New\n\nOther history.\n"})
    repository.git("branch", "--force", "main", commit)
    repository.git("symbolic-ref", "HEAD", "refs/heads/main")
    run = await stack.sync()
    assert (run.state, run.progress["commit_sha"]) == ("succeeded", commit)
    assert await stack.blobs() == repository.blobs()


async def test_only_the_wanted_folder_and_branch(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"README.md": "# Root\n", "docs/a.md": "# A\n\nText.\n", "docs-old/b.md": "# B\n\nText.\n"})
    repository.git("checkout", "--quiet", "-b", "feature/one")
    repository.commit({"docs/c.md": "# C\n\nText.\n"})
    repository.git("checkout", "--quiet", "main")
    url = f"{server.url}/open/repository"
    assert (await stack.sync(url, docs_path="./docs/")).state == "succeeded"
    assert set(await stack.blobs()) == {"docs/a.md"}
    run = await stack.sync(url, docs_path="docs", branch="feature/one")
    assert (run.progress["branch"], set(await stack.blobs())) == ("feature/one", {"docs/a.md", "docs/c.md"})


async def test_same_text_elsewhere_is_embedded_once(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    await _first(stack, repository, server)
    run = await stack.sync(f"{server.url}/open/repository", source_id=2, project_id=2)
    assert (run.progress["files_changed"], run.progress["chunks_embedded"]) == (4, 0)
    await stack.assert_sound()


async def test_damaged_local_copy_is_replaced(stack: Stack, repository: GitRepository, server: GitHttpServer) -> None:
    await _first(stack, repository, server)
    repository.commit({"docs/prd.md": PRD + "\nMore.\n"})
    copy = stack.data / "git" / "1.git"
    (copy / "HEAD").write_text("nonsense")
    (copy / "shallow.lock").touch()
    assert (await stack.sync()).state == "succeeded"
    for found in [*copy.glob("objects/??/*"), *copy.glob("objects/pack/*.pack")]:
        found.chmod(0o600)
        found.write_bytes(b"")
    repository.commit({"docs/prd.md": PRD})
    assert (await stack.sync()).state == "succeeded"
    tree = repository.blobs()
    del tree["src/main.py"]
    assert await stack.blobs() == tree
