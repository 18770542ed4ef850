"""Projects: what is stored, what is answered, what is published."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from common.database import Database

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
ReadPublished = Callable[[], Awaitable[list[tuple[str, str, dict[str, Any]]]]]
URL = "https://github.com/acme/shop-docs.git"


@contextmanager
def statements(database: Database) -> Generator[list[str]]:
    """The SQL statements sent while the block runs."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_creation_makes_the_first_source_and_publishes_both(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    project = await create_project(branch="main", docs_path="/docs/", description=None)
    source = (await client.get(f"/api/projects/{project['id']}/sources")).json()["items"][0]
    assert (source["name"], source["repo_url"], source["branch"], source["docs_path"]) == (
        "shop-docs",
        URL,
        "main",
        "docs",
    )
    assert await published() == [
        (
            "projects.project.created.v1",
            f"project/{project['id']}",
            {"project_id": project["id"], "name": "Shop", "description": None},
        ),
        (
            "projects.source.created.v1",
            f"source/{source['id']}",
            {
                "source_id": source["id"],
                "project_id": project["id"],
                "name": "shop-docs",
                "repo_url": URL,
                "branch": "main",
                "docs_path": "docs",
                "has_credential": False,
            },
        ),
    ]


async def test_of_two_creators_of_one_name_one_wins(client: httpx.AsyncClient, published: ReadPublished) -> None:
    payload = {"name": "Shop", "repo_url": URL}
    answers = await asyncio.gather(*(client.post("/api/projects", json=payload) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {a.json().get("error_code") for a in answers if a.status_code == 409} == {"PROJECT_NAME_TAKEN"}
    assert len((await client.get("/api/projects")).json()["items"]) == 1
    assert [kind for kind, _, _ in await published()] == ["projects.project.created.v1", "projects.source.created.v1"]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"name": "Shop"},
        {"name": "", "repo_url": URL},
        {"name": "a\x00b", "repo_url": URL},
        {"name": "Shop", "repo_url": "ext::sh"},
        {"name": "Shop", "repo_url": URL, "branch": "-x"},
        {"name": "Shop", "repo_url": URL, "docs_path": "../x"},
        {"name": "Shop", "repo_url": URL, "description": "x" * 10_001},
    ],
)
async def test_bad_payloads_are_refused_and_leave_nothing(
    payload: dict[str, Any], client: httpx.AsyncClient, published: ReadPublished
) -> None:
    answer = await client.post("/api/projects", json=payload)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")
    assert answer.json()["errors"][0]["loc"][0] == "body"
    assert await published() == []


async def test_a_change_touches_only_what_is_given(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    project = await create_project(description="old", branch="main")
    await published()
    url = f"/api/projects/{project['id']}"
    changed = (await client.patch(url, json={"description": None})).json()
    assert changed | {"updated_at": 0} == project | {"description": None, "updated_at": 0}
    assert changed["updated_at"] > project["updated_at"]
    assert await published() == [
        (
            "projects.project.updated.v1",
            f"project/{project['id']}",
            {"project_id": project["id"], "name": "Shop", "description": None},
        )
    ]
    moved = (await client.patch(url, json={"repo_url": "git@host:other.git"})).json()
    assert (moved["repo_url"], moved["name"]) == ("git@host:other.git", "Shop")
    [(kind, subject, data), (asked, *_)] = await published()
    assert (kind, subject, asked) == ("projects.source.updated.v1", "source/1", "projects.source.check_requested.v1")
    assert (data["repo_url"], data["branch"], data["name"]) == ("git@host:other.git", "main", "shop-docs")


async def test_a_change_to_what_is_there_already_is_none(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    project = await create_project()
    await published()
    for payload in ({}, {"name": "Shop"}, {"repo_url": URL, "branch": None}):
        assert (await client.patch(f"/api/projects/{project['id']}", json=payload)).json() == project
    assert await published() == []


@pytest.mark.parametrize("payload", [{"name": None}, {"name": ""}, {"repo_url": None}, {"repo_url": "x"}])
async def test_what_a_project_must_have_cannot_be_taken_away(
    payload: dict[str, Any], client: httpx.AsyncClient, create_project: CreateProject
) -> None:
    project = await create_project()
    assert (await client.patch(f"/api/projects/{project['id']}", json=payload)).status_code == 422
    assert (await client.get(f"/api/projects/{project['id']}")).json() == project


async def test_a_name_of_another_project_is_taken(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project("Shop")
    other = await create_project("Bank")
    await published()
    answer = await client.patch(f"/api/projects/{other['id']}", json={"name": "Shop", "repo_url": "/srv/x"})
    assert (answer.status_code, answer.json()["error_code"]) == (409, "PROJECT_NAME_TAKEN")
    assert (await client.get(f"/api/projects/{other['id']}")).json() == other
    assert await published() == []


async def test_the_first_source_left_is_the_projects_repository(
    client: httpx.AsyncClient, create_project: CreateProject
) -> None:
    project = await create_project()
    url = f"/api/projects/{project['id']}"
    await client.post(f"{url}/sources", json={"name": "second", "repo_url": "/srv/second"})
    assert (await client.get(url)).json()["source_count"] == 2
    await client.delete("/api/sources/1")
    assert (await client.get(url)).json()["repo_url"] == "/srv/second"
    await client.delete("/api/sources/2")
    bare = (await client.get(url)).json()
    assert (bare["repo_url"], bare["source_count"], bare["sync_status"]) == (None, 0, "never")
    for path, verb in ((url, "PATCH"), (f"{url}/sync", "POST")):
        answer = await client.request(verb, path, json={"repo_url": "/srv/x"})
        assert (answer.status_code, answer.json()["error_code"]) == (409, "PROJECT_HAS_NO_SOURCE")


async def test_deletion_takes_everything_below_and_says_so_in_order(
    client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    project = await create_project()
    url = f"/api/projects/{project['id']}"
    await client.post(f"{url}/sources", json={"name": "second", "repo_url": "/srv/second"})
    run = (await client.post(f"{url}/sync")).json()["syncs"][0]
    await published()
    assert (await client.delete(url)).status_code == 204
    for gone in (url, f"{url}/sources", f"{url}/syncs", f"{url}/events", "/api/sources/1", f"/api/syncs/{run['id']}"):
        assert (await client.get(gone)).status_code == 404
    assert (await client.delete(url)).status_code == 404
    assert [(kind, subject) for kind, subject, _ in await published()] == [
        ("projects.source.deleted.v1", "source/1"),
        ("projects.source.deleted.v1", "source/2"),
        ("projects.project.deleted.v1", "project/1"),
    ]


async def test_pages_show_every_project_once(client: httpx.AsyncClient, create_project: CreateProject) -> None:
    for number in range(5):
        await create_project(f"Project {number}")
    names: list[str] = []
    cursor: str | None = None
    while True:
        page = (await client.get("/api/projects", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        names += [project["name"] for project in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == [f"Project {number}" for number in range(5)]


@pytest.mark.parametrize("cursor", ["x", "////", "WyJ4Il0", "WzEsMl0", "é"])
async def test_a_damaged_cursor_is_refused(cursor: str, client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/projects", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "CURSOR_INVALID")
    assert [error["loc"] for error in answer.json()["errors"]] == [["query", "cursor"]]


async def test_lists_cost_at_most_two_queries_whatever_their_length(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database
) -> None:
    async def cost(path: str) -> int:
        with statements(database) as seen:
            assert (await client.get(path)).status_code == 200
        return len([statement for statement in seen if statement.lstrip().upper().startswith("SELECT")])

    await create_project("first")
    lists = ("/api/projects", "/api/projects/1/sources", "/api/projects/1/syncs")
    await client.post("/api/projects/1/sync")
    before = [await cost(path) for path in lists]
    for number in range(4):
        await create_project(f"Project {number}")
        await client.post("/api/projects/1/sources", json={"name": f"source {number}", "repo_url": "/srv/x"})
    await client.post("/api/projects/1/sync")
    assert [len((await client.get(path)).json()["items"]) for path in lists] == [5, 5, 5]
    assert [await cost(path) for path in lists] == before
    assert before[0] == 1
    assert max(before) == 2
