"""Images that documents refer to: kept, followed, refused, served and removed."""

import dataclasses

import httpx
import pytest
from sqlalchemy import event

from documents.sync import network
from documents.sync.assets import AssetStore
from documents.sync.deletion import ASSETS_AT_ONCE, DeletedSources
from documents.sync.git import LocalCopy
from documents.sync.images import NOT_AS_NAMED
from documents.sync.jobs import CancelRequested, FencedOut
from documents.sync.tree import Entry
from services.documents.tests.sync.git_repository import GitRepository
from services.documents.tests.sync.stack import LOCAL, Stack

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR one"
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script><foreignObject>
<iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/"></iframe></foreignObject></svg>"""
GUIDE = """# Guide

![shot](img/shot.png "Shot") [draft](/wide.gif?x=1)

<img src=../logo.svg width=20> ![gone](gone.png) ![far](https://example.org/far.png)
"""


async def _assets(stack: Stack, source_id: int = 1) -> dict[str, bytes | None]:
    rows = await stack.rows("SELECT path, data FROM asset WHERE source_id = :id", id=source_id)
    return {row["path"]: row["data"] for row in rows}


async def _document_id(stack: Stack) -> int:
    return (await stack.rows("SELECT id FROM document ORDER BY path LIMIT 1"))[0]["id"]


async def _first(stack: Stack, repository: GitRepository) -> None:
    repository.commit(
        {"docs/guide.md": GUIDE, "docs/img/shot.png": PNG, "logo.svg": SVG, "wide.gif": b"GIF89a", "other.png": PNG}
    )
    run = await stack.sync(str(repository.folder))
    assert (run.state, run.warnings) == ("succeeded", {})
    assert (run.progress["files_total"], run.progress["files_changed"]) == (1, 1)


async def test_what_documents_refer_to_is_kept_and_nothing_else(stack: Stack, repository: GitRepository) -> None:
    await _first(stack, repository)
    assert await _assets(stack) == {"docs/img/shot.png": PNG, "logo.svg": SVG, "wide.gif": b"GIF89a"}
    blobs = repository.blobs()
    rows = await stack.rows("SELECT path, blob_sha, size_bytes, media_type FROM asset ORDER BY path")
    assert [(row["blob_sha"], row["size_bytes"]) for row in rows] == [
        (blobs["docs/img/shot.png"], len(PNG)),
        (blobs["logo.svg"], len(SVG)),
        (blobs["wide.gif"], 6),
    ]
    assert [row["media_type"] for row in rows] == ["image/png", "image/svg+xml", "image/gif"]
    assert set(await stack.blobs()) == {"docs/guide.md"}


async def test_a_symbolic_link_is_not_followed(stack: Stack, repository: GitRepository) -> None:
    (repository.folder / "a.png").symlink_to("/etc/passwd")
    repository.commit({"a.md": "![a](a.png)\n"})
    assert (await stack.sync(str(repository.folder))).state == "succeeded"
    assert await _assets(stack) == {}


async def test_an_unchanged_repository_costs_two_queries_and_no_blob(
    stack: Stack, repository: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _first(stack, repository)
    before = await stack.rows("SELECT * FROM asset ORDER BY id")
    statements: list[str] = []
    engine = stack.database.engine.sync_engine

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    def refuse(*_: object) -> None:
        raise AssertionError("nothing has to be read")

    monkeypatch.setattr(LocalCopy, "blobs", refuse)
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert (await stack.sync()).state == "succeeded"
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len([each for each in statements if "asset" in each or "FROM link" in each]) == 2
    assert await stack.rows("SELECT * FROM asset ORDER BY id") == before


async def test_images_follow_the_repository(stack: Stack, repository: GitRepository) -> None:
    await _first(stack, repository)
    repository.git("mv", "docs/guide.md", "guide.md")  # what is relative now means other files
    repository.commit({"img/shot.png": PNG + b"two", "wide.gif": b"GIF87a"})
    assert (await stack.sync()).state == "succeeded"
    assert await _assets(stack) == {"img/shot.png": PNG + b"two", "wide.gif": b"GIF87a"}
    repository.git("rm", "--quiet", "wide.gif")
    repository.commit({"guide.md": "![shot](img/shot.png) ![wide](wide.gif)\n"})
    assert (await stack.sync()).state == "succeeded"
    assert set(await _assets(stack)) == {"img/shot.png"}
    repository.commit({"guide.md": "# No image\n"})
    assert (await stack.sync()).state == "succeeded"
    assert await _assets(stack) == {}


async def test_what_cannot_be_shown_is_said_at_every_sync(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    limits = dataclasses.replace(stack.options.limits, max_asset_bytes=2**20)
    stack.options = dataclasses.replace(stack.options, limits=limits)
    large = PNG + bytes(2**20)
    repository.commit({"a.md": "![l](large.png) ![h](page.png)\n", "large.png": large, "page.png": b"<html></html>"})
    too_large = "The image is larger than 1 MB: it isn't shown."
    for _ in range(2):
        run = await stack.sync(str(repository.folder))
        assert (run.state, run.progress["files_failed"]) == ("succeeded", 0)
        assert run.warnings == {"large.png": too_large, "page.png": NOT_AS_NAMED}
    assert await _assets(stack) == {"large.png": None, "page.png": None}
    answer = await hub.get(f"/api/documents/{await _document_id(stack)}/assets/large.png")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ASSET_NOT_FOUND")
    assert answer.json()["detail"] == f"There is no image “large.png” to show. {too_large}"
    # The limit is raised, then lowered again.
    for limit, data in ((2**22, large), (2**20, None)):
        limits = dataclasses.replace(limits, max_asset_bytes=limit)
        stack.options = dataclasses.replace(stack.options, limits=limits)
        run = await stack.sync()
        assert ("large.png" in run.warnings) == (data is None)
        assert (await _assets(stack))["large.png"] == data


async def test_an_image_is_served_so_that_it_can_do_nothing(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    await _first(stack, repository)
    path = f"/api/documents/{await _document_id(stack)}/assets/logo.svg"
    answer = await hub.get(path)
    assert (answer.status_code, answer.content) == (200, SVG)
    sha = repository.blobs()["logo.svg"]
    wanted = {
        "content-type": "image/svg+xml",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, max-age=60, must-revalidate",
        "content-disposition": "inline; filename=\"logo.svg\"; filename*=UTF-8''logo.svg",
        "etag": f'"{sha}"',
    }
    assert {name: answer.headers.get(name) for name in wanted} == wanted
    again = await hub.get(path, headers={"If-None-Match": f'W/"{sha}"'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == wanted["content-security-policy"]


async def test_paths_are_those_of_the_repository(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    repository.commit({"a.md": "![é](<img/été %231.png>)\n", "img/été #1.png": PNG})
    await stack.sync(str(repository.folder))
    base = f"/api/documents/{await _document_id(stack)}/assets"
    assert (await hub.get(f"{base}/img/%C3%A9t%C3%A9%20%231.png")).content == PNG
    for missing in ("a.md", "img", "img/other.png", "../img/x.png", "a%5C.png"):
        answer = await hub.get(f"{base}/{missing}".replace("../", "%2E%2E/"))
        assert (answer.status_code, answer.json()["error_code"]) == (404, "ASSET_NOT_FOUND"), missing
        assert "No document of this source refers to such an image" in answer.json()["detail"]
    assert (await hub.get(f"{base}/a%00.png")).status_code == 422


async def test_another_sources_image_is_not_served(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    await _first(stack, repository)
    await stack.sync(str(repository.folder), source_id=2, project_id=2, docs_path="docs")
    (other,) = await stack.rows("SELECT id FROM document WHERE source_id = 2")
    assert set(await _assets(stack, 2)) == {"docs/img/shot.png"}  # the others are outside its folder
    assert (await hub.get(f"/api/documents/{other['id']}/assets/docs/img/shot.png")).status_code == 200
    assert (await hub.get(f"/api/documents/{other['id']}/assets/logo.svg")).status_code == 404


async def test_an_image_that_got_lost_is_kept_again_although_nothing_changed(
    stack: Stack, repository: GitRepository
) -> None:
    await _first(stack, repository)
    before = await _assets(stack)
    await stack.sync()  # notes that nothing is to be done
    await stack.rows("DELETE FROM asset WHERE path = 'docs/img/shot.png' RETURNING id")
    assert (await stack.sync()).state == "succeeded"
    assert await _assets(stack) == before


async def test_a_worker_that_lost_its_job_writes_no_image(stack: Stack, repository: GitRepository) -> None:
    await _first(stack, repository)
    before = await stack.rows("SELECT * FROM asset ORDER BY id")
    sync_id = await stack.request()
    job, progress = await stack.claim()
    store = AssetStore(stack.database, job, 2**20)
    copy = LocalCopy(stack.git, stack.git.home / "1.git")
    await copy.fetch(await network.check(str(repository.folder), LOCAL), None)
    blobs = repository.blobs() | {"wide.gif": repository.blobs()["other.png"]}
    one_differs = [Entry(path, blobs[path], 1) for path in ("docs/img/shot.png", "logo.svg", "wide.gif")]
    changes: list[list[Entry]] = [one_differs, []]
    for images in changes:
        await stack.cancel(sync_id)
        with pytest.raises(CancelRequested):
            await store.update(copy, images, "changed", progress)
        await stack.rows("UPDATE sync_job SET cancel_requested_at = NULL, fence = fence + 1 RETURNING id")
        with pytest.raises(FencedOut):
            await store.update(copy, images, "changed", progress)
        await stack.rows("UPDATE sync_job SET fence = fence - 1 RETURNING id")
        assert await stack.rows("SELECT * FROM asset ORDER BY id") == before


async def test_many_images_are_stored_a_few_at_a_time_and_what_is_stored_is_not_done_again(
    stack: Stack, repository: GitRepository
) -> None:
    count = 2 * ASSETS_AT_ONCE + 1
    repository.commit({"a.md": "".join(f"![x]({number}.png)\n\n" for number in range(count))})
    repository.commit({f"{number}.png": PNG + bytes([number]) for number in range(count)})
    await stack.sync(str(repository.folder))
    assert len(await _assets(stack)) == count
    # As if the worker had been killed after its first transaction.
    await stack.rows("DELETE FROM asset WHERE id > :most RETURNING id", most=ASSETS_AT_ONCE)
    await stack.sync()
    rows = await stack.rows("SELECT id, path, data FROM asset ORDER BY id")
    assert [row["id"] for row in rows[:ASSETS_AT_ONCE]] == list(range(1, ASSETS_AT_ONCE + 1))
    assert {row["path"]: row["data"] for row in rows} == {f"{n}.png": PNG + bytes([n]) for n in range(count)}


async def test_a_deleted_sources_images_are_removed(
    stack: Stack, repository: GitRepository, hub: httpx.AsyncClient
) -> None:
    await _first(stack, repository)
    await stack.sync(str(repository.folder), source_id=2, project_id=2)
    path = f"/api/documents/{await _document_id(stack)}/assets/logo.svg"
    await stack.delete_source()
    answer = await hub.get(path)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "DOCUMENT_NOT_FOUND")
    await DeletedSources(stack.database, stack.git).clear()
    assert await _assets(stack) == {}
    assert len(await _assets(stack, 2)) == 3


async def test_a_clearing_that_was_interrupted_after_the_documents_goes_on(stack: Stack) -> None:
    await stack.fill(1)
    await stack.rows(
        """INSERT INTO asset (source_id, path, blob_sha, size_bytes, media_type, data)
        SELECT 1, n || '.png', 'blob', 1, 'image/png', 'x' FROM generate_series(1, :count) n RETURNING id""",
        count=2 * ASSETS_AT_ONCE + 1,
    )
    await stack.delete_source()
    await stack.rows("DELETE FROM document RETURNING id")
    await DeletedSources(stack.database, stack.git).clear()
    assert await stack.count("asset") == 0
