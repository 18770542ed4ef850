"""Sources: what is stored, what is answered, what is published."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
ReadPublished = Callable[[], Awaitable[list[tuple[str, str, dict[str, Any]]]]]
SOURCE = {"name": "docs", "repo_url": "/srv/docs"}


async def test_a_source_has_the_promised_fields(client: httpx.AsyncClient, create_project: CreateProject) -> None:
    await create_project()
    answer = await client.post("/api/projects/1/sources", json=SOURCE)
    assert (answer.status_code, answer.headers["Location"]) == (201, "/api/sources/2")
    source = answer.json()
    times = {"created_at": source["created_at"], "updated_at": source["updated_at"]}
    assert source == SOURCE | times | {
        "id": 2,
        "project_id": 1,
        "branch": None,
        "docs_path": None,
        "schedule": None,
        "next_sync_at": None,
        "has_credential": False,
        "credential_kind": None,
        "has_webhook": False,
        "last_synced_at": None,
        "last_commit_sha": None,
        "last_commit_at": None,
        "remote_commit_sha": None,
        "remote_checked_at": None,
        "remote_error_code": None,
        "remote_error_detail": None,
        "is_behind": False,
        "sync_status": "never",
    }
    assert (await client.get("/api/sources/2")).json() == source
    assert (await client.get("/api/projects/1/sources")).json()["items"][1] == source


async def test_names_are_unique_within_a_project_only(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project("one")
    await create_project("two")
    await published()
    answers = await asyncio.gather(*(client.post("/api/projects/1/sources", json=SOURCE) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {a.json()["error_code"] for a in answers if a.status_code == 409} == {"SOURCE_NAME_TAKEN"}
    assert (await client.post("/api/projects/2/sources", json=SOURCE)).status_code == 201
    renamed = await client.patch("/api/sources/1", json={"name": "docs"})
    assert (renamed.status_code, renamed.json()["error_code"]) == (409, "SOURCE_NAME_TAKEN")
    assert [kind for kind, _, _ in await published()] == ["projects.source.created.v1"] * 2


async def test_a_change_touches_only_what_is_given(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project(branch="main", docs_path="docs")
    await published()
    before = (await client.get("/api/sources/1")).json()
    changed = (await client.patch("/api/sources/1", json={"branch": None, "name": "handbook"})).json()
    assert changed | {"updated_at": 0} == before | {"branch": None, "name": "handbook", "updated_at": 0}
    assert (await client.patch("/api/sources/1", json={"name": "handbook"})).json() == changed
    assert await published() == [
        (
            "projects.source.updated.v1",
            "source/1",
            {
                "source_id": 1,
                "project_id": 1,
                "name": "handbook",
                "repo_url": before["repo_url"],
                "branch": None,
                "docs_path": "docs",
                "has_credential": False,
            },
        ),
        # Another branch: what was known of the remote no longer holds.
        ("projects.source.check_requested.v1", "source/1", {"source_id": 1, "project_id": 1}),
    ]


async def test_deletion_says_so(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project()
    await published()
    assert (await client.delete("/api/sources/1")).status_code == 204
    answer = await client.delete("/api/sources/1")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Source 1 not found")
    assert await published() == [("projects.source.deleted.v1", "source/1", {"source_id": 1, "project_id": 1})]


async def test_a_source_of_a_project_that_goes_meanwhile_is_not_left_behind(
    client: httpx.AsyncClient, create_project: CreateProject
) -> None:
    await create_project()
    deleted, *others = await asyncio.gather(
        client.delete("/api/projects/1"),
        client.post("/api/projects/1/sources", json=SOURCE),
        client.patch("/api/sources/1", json={"branch": "x"}),
        client.post("/api/sources/1/sync"),
    )
    assert deleted.status_code == 204
    assert {answer.status_code for answer in others} <= {200, 201, 202, 404}
    assert (await client.get("/api/sources/2")).status_code == 404
