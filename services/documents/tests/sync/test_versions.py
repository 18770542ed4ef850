"""Versions of documents: what each sync replaced, listed and compared over the API."""

from typing import Any

import httpx
import pytest

from documents.sync.pipeline import Limits
from documents.sync.store import MOST_VERSION_BYTES, MOST_VERSIONS
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Stack

Json = dict[str, Any]


async def _sync(stack: Stack, repository: GitRepository, files: dict[str, str | bytes], *options: str) -> str:
    commit = repository.commit(files, *options)
    run = await stack.sync(str(repository.folder))
    assert (run.state, run.error_detail) == ("succeeded", None)
    return commit


async def _id(stack: Stack, path: str) -> int:
    return (await stack.rows("SELECT id FROM document WHERE path = :path", path=path))[0]["id"]


async def _versions(hub: httpx.AsyncClient, document_id: int, **params: Any) -> Json:
    answer = await hub.get(f"/api/documents/{document_id}/versions", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _diff(hub: httpx.AsyncClient, document_id: int, **params: str) -> httpx.Response:
    return await hub.get(f"/api/documents/{document_id}/diff", params=params)


async def test_each_replaced_text_is_a_version(stack: Stack, repository: GitRepository, hub: httpx.AsyncClient) -> None:
    commits = [await _sync(stack, repository, {"a.md": f"# Title {n}\n\nText.\n", "b.md": "# B\n"}) for n in range(3)]
    document_id = await _id(stack, "a.md")
    items = (await _versions(hub, document_id))["items"]
    assert [item["commit_sha"] for item in items] == commits[::-1]
    assert [item["title"] for item in items] == ["Title 2", "Title 1", "Title 0"]
    assert [item["is_current"] for item in items] == [True, False, False]
    assert set(items[0]) == set(items[1]) == {
        "commit_sha", "blob_sha", "path", "title", "size_bytes", "synced_at", "is_current", "last_commit",
    }  # fmt: skip
    assert [item["last_commit"]["sha"] for item in items] == commits[::-1]
    assert items[0]["synced_at"] > items[1]["synced_at"] > items[2]["synced_at"]
    document = (await hub.get(f"/api/documents/{document_id}")).json()
    assert (items[0]["blob_sha"], items[0]["synced_at"]) == (document["blob_sha"], document["updated_at"])
    other = (await _versions(hub, await _id(stack, "b.md")))["items"]
    assert [item["commit_sha"] for item in other] == [commits[0]]


async def test_a_version_dates_from_when_it_became_the_documents_state(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    await _sync(stack, repository, {"a.md": "# One\n"})
    document_id = await _id(stack, "a.md")
    (before,) = (await _versions(hub, document_id))["items"]
    await _sync(stack, repository, {"a.md": "# Two\n"})
    former = (await _versions(hub, document_id))["items"][1]
    assert former == before | {"is_current": False}


async def test_a_rename_is_a_version_and_a_new_reading_is_none(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    first = await _sync(stack, repository, {"old.md": "# Same\n\nText.\n"})
    document_id = await _id(stack, "old.md")
    await stack.rows("UPDATE document SET parser_version = 0 RETURNING id")
    await _sync(stack, repository, {})
    assert len((await _versions(hub, document_id))["items"]) == 1
    repository.git("mv", "old.md", "new.md")
    await _sync(stack, repository, {})
    items = (await _versions(hub, document_id))["items"]
    assert [item["path"] for item in items] == ["new.md", "old.md"]
    assert items[1]["last_commit"]["sha"] == first
    diff = (await _diff(hub, document_id)).json()
    assert (diff["hunks"], diff["added_lines"], diff["from"]["path"], diff["to"]["path"]) == ([], 0, "old.md", "new.md")


async def test_versions_come_in_pages(stack: Stack, repository: GitRepository, hub: httpx.AsyncClient) -> None:
    commits = [await _sync(stack, repository, {"a.md": f"# {n}\n"}) for n in range(4)]
    document_id = await _id(stack, "a.md")
    for limit in (1, 3, 4):
        seen: list[str] = []
        cursor = None
        while True:
            page = await _versions(hub, document_id, limit=limit, **({"cursor": cursor} if cursor else {}))
            seen += [item["commit_sha"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            assert len(page["items"]) == limit
        assert seen == commits[::-1]
    answer = await hub.get(f"/api/documents/{document_id}/versions", params={"cursor": "nonsense"})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "CURSOR_INVALID")


async def test_the_newest_hundred_are_kept(stack: Stack, repository: GitRepository) -> None:
    await _sync(stack, repository, {"a.md": "# First\n", "b.md": "# First\n"})
    ids = {path: await _id(stack, path) for path in ("a.md", "b.md")}
    many = """
        INSERT INTO document_version (document_id, path, title, size_bytes, is_failed, blob_sha, commit_sha, content,
            synced_at)
        SELECT :id, 'a.md', 'Old ' || n, 1, false, 'blob', 'commit', '', now() FROM generate_series(1, :count) n
        RETURNING id
    """
    await stack.rows(many, id=ids["a.md"], count=MOST_VERSIONS)
    await stack.rows(many, id=ids["b.md"], count=MOST_VERSIONS - 1)
    await _sync(stack, repository, {"a.md": "# Second\n", "b.md": "# Second\n"})
    for path, oldest in (("a.md", "Old 2"), ("b.md", "Old 1")):
        titles = await stack.rows(
            "SELECT title FROM document_version WHERE document_id = :id ORDER BY id", id=ids[path]
        )
        assert len(titles) == MOST_VERSIONS
        assert (titles[0]["title"], titles[-1]["title"]) == (oldest, "First")


async def test_the_newest_are_kept_as_long_as_they_are_small_together(stack: Stack, repository: GitRepository) -> None:
    await _sync(stack, repository, {"a.md": "# First\n", "b.md": "# First\n"})
    ids = {path: await _id(stack, path) for path in ("a.md", "b.md")}
    large = """
        INSERT INTO document_version (document_id, path, title, size_bytes, is_failed, blob_sha, commit_sha, content,
            synced_at)
        SELECT :id, 'a.md', 'Old ' || n, 1, false, 'blob', 'commit', repeat('x', :size), now()
        FROM generate_series(1, :count) n RETURNING id
    """
    await stack.rows(large, id=ids["a.md"], count=5, size=MOST_VERSION_BYTES // 3)
    await stack.rows(large, id=ids["b.md"], count=1, size=MOST_VERSION_BYTES)
    await _sync(stack, repository, {"a.md": "# Second\n", "b.md": "# Second\n"})
    kept = {
        path: [
            row["title"]
            for row in await stack.rows(
                "SELECT title FROM document_version WHERE document_id = :id ORDER BY id", id=ids[path]
            )
        ]
        for path in ids
    }
    assert kept == {"a.md": ["Old 4", "Old 5", "First"], "b.md": ["First"]}


async def test_versions_are_gone_with_their_document(stack: Stack, repository: GitRepository) -> None:
    await _sync(stack, repository, {"a.md": "# One\n", "b.md": "# B\n"})
    await _sync(stack, repository, {"a.md": "# Two\n"})
    assert await stack.count("document_version") == 1
    repository.git("rm", "--quiet", "a.md")
    await _sync(stack, repository, {})
    assert await stack.count("document_version") == 0


async def test_two_versions_are_compared(stack: Stack, repository: GitRepository, hub: httpx.AsyncClient) -> None:
    texts = ["# A\n\none\ntwo\n", "# A\n\none\n2\n", "# A\n\none\n2\nthree\n"]
    first, second, third = [await _sync(stack, repository, {"a.md": text}) for text in texts]
    document_id = await _id(stack, "a.md")
    latest = (await _diff(hub, document_id)).json()
    assert (latest["from"]["commit_sha"], latest["to"]["commit_sha"]) == (second, third)
    assert (latest["added_lines"], latest["removed_lines"], latest["is_truncated"]) == (1, 0, False)
    assert latest["document_id"] == document_id
    assert latest["hunks"] == [
        {
            "old_start": 2,
            "old_lines": 3,
            "new_start": 2,
            "new_lines": 4,
            "lines": [
                {"kind": "context", "old_line": n, "new_line": n, "text": text, "is_unterminated": False}
                for n, text in ((2, ""), (3, "one"), (4, "2"))
            ]
            + [{"kind": "added", "old_line": None, "new_line": 5, "text": "three", "is_unterminated": False}],
        }
    ]
    for params, wanted in (
        ({"to": second}, (first, second)),
        ({"from": first}, (first, third)),
        ({"from": third, "to": first}, (third, first)),
        ({"from": second, "to": second}, (second, second)),
    ):
        found = (await _diff(hub, document_id, **params)).json()
        assert (found["from"]["commit_sha"], found["to"]["commit_sha"]) == wanted
    back = (await _diff(hub, document_id, **{"from": third, "to": first})).json()
    assert (back["added_lines"], back["removed_lines"]) == (1, 2)


async def test_line_ends_and_encoding_alone_are_no_difference(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    await _sync(stack, repository, {"a.md": "# Café\n\nText.\n"})
    await _sync(stack, repository, {"a.md": "# Café\r\n\r\nText.\r\n".encode("utf-16")})
    diff = (await _diff(hub, await _id(stack, "a.md"))).json()
    assert diff["from"]["blob_sha"] != diff["to"]["blob_sha"]
    assert diff["hunks"] == []


async def test_missing_versions_are_said_to_be_missing(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    commit = await _sync(stack, repository, {"a.md": "# A\n"})
    document_id = await _id(stack, "a.md")
    for params in ({}, {"to": commit}, {"to": "0" * 40}, {"from": "0" * 64}):
        answer = await _diff(hub, document_id, **params)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "VERSION_NOT_FOUND")
        assert answer.json()["detail"].endswith(".")
    for odd in ("", "HEAD", "0" * 39, "0" * 41, "A" * 40, "0" * 40 + "\n", "'; --"):
        answer = await _diff(hub, document_id, **{"from": odd})
        assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR"), odd


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_version_whose_text_was_never_read_cant_be_compared(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient, *, is_first: bool
) -> None:
    stack.options = type(stack.options)(policy=stack.options.policy, limits=Limits(max_file_bytes=50))
    texts = ["# Small\n", "# Large\n\n" + "word " * 50]
    for text in texts[::-1] if is_first else texts:
        await _sync(stack, repository, {"a.md": text})
    answer = await _diff(hub, await _id(stack, "a.md"))
    assert (answer.status_code, answer.json()["error_code"]) == (404, "DOCUMENT_NOT_STORED")


async def test_going_back_and_forth_between_commits(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    first = await _sync(stack, repository, {"a.md": "# One\n"})
    second = await _sync(stack, repository, {"a.md": "# Two\n"})
    repository.git("reset", "--quiet", "--hard", first)
    assert (await stack.sync()).state == "succeeded"
    document_id = await _id(stack, "a.md")
    items = (await _versions(hub, document_id))["items"]
    assert [item["commit_sha"] for item in items] == [first, second, first]
    assert [item["last_commit"]["sha"] for item in items] == [first, second, first]
    diff = (await _diff(hub, document_id)).json()
    assert (diff["from"]["commit_sha"], diff["to"]["commit_sha"]) == (second, first)
