"""What a run says of odd files, of its tree and of the past."""

import random

import pytest

from documents.sync.errors import SyncError
from documents.sync.progress import Progress
from documents.sync.reconciliation import difference_to, reconcile
from documents.sync.store import PARSER_VERSION, DocumentStore
from documents.sync.tree import Entry, Listing, fingerprint
from services.documents.tests.sync.git_http import GitHttpServer
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Stack

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"


async def test_what_is_kept_in_lfs_is_listed_with_a_warning(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    files = {"kept.md": POINTER, "rows.csv": POINTER, "about.md": f"# LFS\n\nA pointer:\n\n{POINTER}"}
    repository.commit({**files})
    run = await stack.sync(f"{server.url}/open/repository")
    assert run.state == "succeeded"
    assert {path for path, message in run.warnings.items() if "kept in Git LFS, which isn't read" in message} == {
        "kept.md",
        "rows.csv",
    }
    chunks = await stack.rows("SELECT DISTINCT d.path FROM document d JOIN chunk c ON c.document_id = d.id")
    assert chunks == [{"path": "about.md"}]
    assert await stack.blobs() == repository.blobs()


async def test_paths_that_differ_only_by_case_are_both_indexed_with_a_warning(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"docs/readme.md": "# One\n\nText.\n", "docs/other.md": "# Other\n"})
    blob = repository.git("hash-object", "-w", "--stdin", data=b"# Two\n\nMore.\n")
    repository.add_raw("100644", b"docs/README.md", blob)
    repository.git("commit", "--quiet", "--message=clash")
    run = await stack.sync(f"{server.url}/open/repository")
    assert run.state == "succeeded"
    assert run.warnings == {
        "docs/readme.md": "Its path differs from “docs/README.md” only by upper and lower case. Rename one of them."
    }
    assert await stack.blobs() == repository.blobs()


async def test_nul_bytes_and_bad_encodings_are_said(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"nul.md": b"# A\0\n\nText.\n", "latin.md": b"# Caf\xe9\n\nText.\n"})
    run = await stack.sync(f"{server.url}/open/repository")
    assert run.state == "succeeded"
    assert "1 NUL characters" in run.warnings["nul.md"]
    assert "isn't valid UTF-8" in run.warnings["latin.md"]


async def test_the_database_and_the_tree_sum_up_alike(stack: Stack) -> None:
    ids = await stack.fill(8)
    paths = ["a b.md", "Z.md", "é.md", "\N{MUSICAL SYMBOL G CLEF}.md", "a\n1:b.md", "\ufffdx.md", "a/b.md", "a.md"]
    for document_id, path in zip(ids, paths, strict=True):
        await stack.rows("UPDATE document SET path = :path WHERE id = :id RETURNING id", path=path, id=document_id)
    await stack.request()
    store = DocumentStore(stack.database, (await stack.claim())[0], stack.embedder.model)
    entries = [Entry(path, "blob") for path in random.Random(1).sample(paths, len(paths))]
    found, is_current = await store.fingerprint()
    assert (found, is_current) == (fingerprint(entries), False)
    assert fingerprint(entries[1:]) != found
    assert fingerprint([Entry(entries[0].path, "other"), *entries[1:]]) != found
    # Another parser's documents are read again even where the tree is the same.
    listing = Listing(entries, fingerprint=found)
    assert len((await difference_to(store, listing)).work) == 8
    await stack.rows("UPDATE document SET parser_version = :now RETURNING id", now=PARSER_VERSION)
    difference = await difference_to(store, listing)
    assert (difference.work, difference.removed, difference.unchanged) == ([], [], 8)


async def test_a_tree_that_the_index_does_not_hold_is_no_success(
    stack: Stack, repository: GitRepository, server: GitHttpServer
) -> None:
    repository.commit({"a.md": "# A\n", "b.md": "# B\n"})
    await stack.sync(f"{server.url}/open/repository")
    await stack.request()
    store = DocumentStore(stack.database, (await stack.claim())[0], stack.embedder.model)
    entries = [Entry(path, blob) for path, blob in repository.blobs().items()]
    progress = Progress()
    await reconcile(store, Listing(entries, fingerprint=fingerprint(entries)), progress)
    await stack.rows("UPDATE document SET blob_sha = 'other' WHERE path = 'b.md' RETURNING id")
    with pytest.raises(SyncError, match=r"1 files differ between index and repository, the first is b\.md"):
        await reconcile(store, Listing(entries, fingerprint=fingerprint(entries)), progress)


async def test_runs_of_long_ago_are_forgotten(stack: Stack) -> None:
    await stack.save_source("/nowhere")
    await stack.save_source("/nowhere", source_id=2)
    for source_id, state, days in (
        (1, "succeeded", 30),
        (1, "succeeded", 20),
        (1, "re-indexed", 19),
        (1, "re-indexed", 18),
        (1, "failed", 19),
        (1, "failed", 18),
        (2, "cancelled", 40),
        (2, "succeeded", 3),
        (2, "failed", 2),
    ):
        await stack.rows(
            """
            INSERT INTO sync_job (id, project_id, source_id, state, kind, requested_at, finished_at)
            VALUES (gen_random_uuid(), 1, :source_id, :state, :kind, now(), now() - make_interval(days => :days))
            RETURNING id
            """,
            source_id=source_id,
            state="succeeded" if state == "re-indexed" else state,
            kind="reindex" if state == "re-indexed" else "sync",
            days=days,
        )
    await stack.request()
    await stack.jobs.prune()
    ages = """
        SELECT source_id, state, CAST(extract(day FROM now() - finished_at) AS int) AS days FROM sync_job
        ORDER BY source_id, finished_at DESC NULLS FIRST
    """
    assert [tuple(row.values()) for row in await stack.rows(ages)] == [
        (1, "queued", None),
        (1, "failed", 18),
        (1, "succeeded", 20),
        (2, "failed", 2),
        (2, "succeeded", 3),
    ]
    await stack.delete_source()
    await stack.jobs.prune()
    assert [row["days"] for row in await stack.rows(ages) if row["source_id"] == 1] == [0]
