"""The raw route answers the bytes of the git blob, whatever they are."""

import dataclasses

import httpx
import pytest

from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import Stack

FILES: dict[str, str | bytes] = {
    "plain.md": "# Café\n\nText.\n",
    "crlf.md": b"# Windows\r\n\r\nText.\r\n",
    "bom.md": b"\xef\xbb\xbf# Mark\n",
    "latin.md": "# Café\n".encode("latin-1"),
    "utf16.txt": "Größe\n".encode("utf-16"),
    "nul.txt": b"A\0B\n",
    "mark_only.txt": b"\xef\xbb\xbf",
    "empty.md": b"",
}


async def _document_ids(stack: Stack) -> dict[str, int]:
    return {row["path"]: row["id"] for row in await stack.rows("SELECT id, path FROM document")}


async def test_raw_is_the_blob(stack: Stack, repository: GitRepository, hub: httpx.AsyncClient) -> None:
    repository.commit(FILES)
    assert (await stack.sync(str(repository.folder))).state == "succeeded"
    ids = await _document_ids(stack)
    blobs = repository.blobs()
    for path, content in FILES.items():
        answer = await hub.get(f"/api/documents/{ids[path]}/raw")
        assert answer.content == (content.encode() if isinstance(content, str) else content), path
        assert answer.headers["etag"] == f'"{blobs[path]}"'
        assert answer.headers["content-type"].startswith("text/plain")
    (kept,) = await stack.rows("SELECT array_agg(path) AS paths FROM document WHERE raw IS NOT NULL")
    assert set(kept["paths"]) == FILES.keys() - {"plain.md", "empty.md"}


async def test_bytes_are_kept_no_longer_once_the_text_says_it_all(stack: Stack, repository: GitRepository) -> None:
    repository.commit({"a.md": b"# A\r\n"})
    await stack.sync(str(repository.folder))
    repository.commit({"a.md": b"# A\n"})
    await stack.sync(str(repository.folder))
    assert await stack.rows("SELECT content, raw FROM document") == [{"content": "# A\n", "raw": None}]


async def test_a_file_that_could_not_be_parsed_has_its_bytes(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    limits = dataclasses.replace(stack.options.limits, parse_seconds=-29.9999)  # no time at all
    stack.options = dataclasses.replace(stack.options, limits=limits)
    repository.commit({"a.md": b"# A\r\n"})
    assert (await stack.sync(str(repository.folder))).progress["files_failed"] == 1
    ids = await _document_ids(stack)
    assert (await hub.get(f"/api/documents/{ids['a.md']}/raw")).content == b"# A\r\n"


@pytest.mark.parametrize("held", [None, "*"])
async def test_a_file_that_was_not_read_is_said_to_be_missing(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient, held: str | None
) -> None:
    limits = dataclasses.replace(stack.options.limits, max_file_bytes=10)
    stack.options = dataclasses.replace(stack.options, limits=limits)
    repository.commit({"large.md": "# Larger than ten bytes\n"})
    await stack.sync(str(repository.folder))
    ids = await _document_ids(stack)
    headers = {"If-None-Match": held} if held else {}
    answer = await hub.get(f"/api/documents/{ids['large.md']}/raw", headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "DOCUMENT_NOT_STORED")
    assert "large.md (24 bytes) is larger" in answer.json()["detail"]
