"""Who may see project 1 only learns nothing of project 2, on any route."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from common.identity import Identity

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
MEMBER = Identity(user_id="u1", name="Member of project 1", projects=frozenset({1}))
PAYLOADS: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/projects/{project_id}/sources"): {"name": "x", "repo_url": "/srv/x"},
    ("PATCH", "/api/projects/{project_id}"): {"name": "x"},
    ("PATCH", "/api/sources/{source_id}"): {"name": "x"},
}


@pytest.fixture
async def member(
    app: FastAPI, client: httpx.AsyncClient, headers_of: Callable[[Identity], dict[str, str]]
) -> AsyncIterator[httpx.AsyncClient]:
    assert client.base_url
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://projects", headers=headers_of(MEMBER)) as other:
        yield other


async def everything(client: httpx.AsyncClient) -> list[Any]:
    paths = ("/api/projects", "/api/projects/2", "/api/projects/2/sources", "/api/projects/2/syncs")
    return [(await client.get(path)).json() for path in paths]


async def test_another_project_is_not_there_on_any_route(
    app: FastAPI, client: httpx.AsyncClient, member: httpx.AsyncClient, create_project: CreateProject
) -> None:
    await create_project("mine")
    await create_project("theirs")
    run = (await client.post("/api/projects/2/sync")).json()["syncs"][0]
    before = await everything(client)
    ids = {"project_id": "2", "source_id": "2", "sync_id": run["id"]}
    tried: list[str] = []
    for path, operations in app.openapi()["paths"].items():
        if path.startswith(("/api/events/", "/api/webhooks/")) or "{" not in path:
            continue
        for verb in operations:
            answer = await member.request(verb, path.format(**ids), json=PAYLOADS.get((verb.upper(), path)))
            assert answer.status_code == 404, (verb, path, answer.text)
            assert "theirs" not in answer.text
            tried.append(f"{verb} {path}")
    assert len(tried) == 19
    # Theirs is a proof of another kind: a signature, or the sealing keys.
    assert (await member.post("/api/webhooks/git/2", json={})).status_code == 401
    assert (await member.get("/internal/sources/2/credential")).status_code == 401
    assert await everything(client) == before


def test_the_routes_that_name_no_object_are_those_tried_below(app: FastAPI) -> None:
    paths = {path for path in app.openapi()["paths"] if "{" not in path and not path.startswith("/api/events/")}
    assert {path for path in paths if not path.startswith("/api/health")} == {"/api/projects", "/api/stats/projects"}


async def test_lists_hold_only_what_may_be_seen(
    client: httpx.AsyncClient, member: httpx.AsyncClient, create_project: CreateProject
) -> None:
    await create_project("mine")
    await create_project("theirs")
    assert [project["name"] for project in (await member.get("/api/projects")).json()["items"]] == ["mine"]
    assert len((await client.get("/api/projects")).json()["items"]) == 2
    assert (await member.get("/api/projects/1/sources")).status_code == 200
    for project_id in (1, 2):
        await client.post(f"/api/projects/{project_id}/sync")
    statistics = (await member.get("/api/stats/projects")).json()
    assert statistics["projects"] == 1
    assert [run["project_id"] for run in statistics["recent_syncs"]] == [1]
    assert (await member.post("/api/projects/1/sync")).status_code == 202


async def test_creating_projects_and_dead_letters_are_the_administrators(member: httpx.AsyncClient) -> None:
    created = await member.post("/api/projects", json={"name": "x", "repo_url": "/srv/x"})
    dead = await member.get("/api/events/projects/dead")
    for answer in (created, dead):
        assert (answer.status_code, answer.json()["error_code"]) == (403, "FORBIDDEN")
