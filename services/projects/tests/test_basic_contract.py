"""What the seed contract promises, word for word."""

import inspect

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import ValidationError

from common.database import SessionDep
from common.identity import IdentityDep
from projects import router, source_router, sync_router
from projects.repository import ProjectRepository
from projects.schemas import ProjectCreate, ProjectResponse

PROJECT = {"name": "Shop", "repo_url": "https://github.com/acme/shop-docs.git", "description": "The web shop"}


def routes() -> list[APIRoute]:
    routers = (router.router, source_router.router, sync_router.router)
    return [route for each in routers for route in each.routes if isinstance(route, APIRoute)]


def test_every_route_is_async_with_injected_session_and_identity() -> None:
    assert len(routes()) == 20
    for route in routes():
        assert inspect.iscoroutinefunction(route.endpoint), route.path
        annotations = {parameter.annotation for parameter in inspect.signature(route.endpoint).parameters.values()}
        assert {SessionDep, IdentityDep} <= annotations, route.path


def test_repository_classes_bear_the_promised_methods() -> None:
    for method in ("get_by_id", "list_all", "create"):
        assert inspect.iscoroutinefunction(getattr(ProjectRepository, method))


def test_project_create_has_the_promised_fields_and_limits() -> None:
    assert list(ProjectCreate.model_fields)[:3] == ["name", "repo_url", "description"]
    required = {name for name, field in ProjectCreate.model_fields.items() if field.is_required()}
    assert required == {"name", "repo_url"}
    schema = ProjectCreate.model_json_schema()["properties"]["name"]
    assert (schema["minLength"], schema["maxLength"]) == (1, 255)
    for wrong in ("", " ", "x" * 256):
        with pytest.raises(ValidationError):
            ProjectCreate.model_validate(PROJECT | {"name": wrong})
    assert ProjectCreate.model_validate(PROJECT | {"name": "x" * 255}).name == "x" * 255


def test_project_response_is_made_from_attributes() -> None:
    assert ProjectResponse.model_config.get("from_attributes") is True
    promised = {"id", "name", "repo_url", "description", "created_at", "updated_at"}
    assert promised | {"last_synced_at", "sync_status", "source_count"} == set(ProjectResponse.model_fields)


async def test_a_project_is_created_read_and_listed(client: httpx.AsyncClient) -> None:
    created = await client.post("/api/projects", json=PROJECT)
    assert created.status_code == 201
    project = created.json()
    assert created.headers["Location"] == f"/api/projects/{project['id']}"
    assert {name: project[name] for name in PROJECT} == PROJECT
    assert isinstance(project["id"], int)
    assert project["created_at"].endswith("Z")
    assert (project["last_synced_at"], project["sync_status"], project["source_count"]) == (None, "never", 1)
    assert (await client.get(f"/api/projects/{project['id']}")).json() == project
    assert (await client.get("/api/projects")).json() == {"items": [project], "next_cursor": None}


async def test_an_unknown_project_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/projects/42")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["detail"], body["error_code"]) == ("Project 42 not found", "PROJECT_NOT_FOUND")
    assert (body["status"], body["instance"], body["type"]) == (404, "/api/projects/42", "about:blank")
    assert body["request_id"] == answer.headers["X-Request-ID"]


async def test_sync_is_accepted_with_the_promised_message(client: httpx.AsyncClient) -> None:
    project = (await client.post("/api/projects", json=PROJECT)).json()
    for content in (None, b"{}"):
        answer = await client.post(f"/api/projects/{project['id']}/sync", content=content)
        assert answer.status_code == 202
        body = answer.json()
        assert (body["message"], body["project_id"]) == ("Sync started", project["id"])
        assert [run["status"] for run in body["syncs"]] == ["queued"]


async def test_a_taken_name_is_a_conflict(client: httpx.AsyncClient) -> None:
    await client.post("/api/projects", json=PROJECT)
    answer = await client.post("/api/projects", json=PROJECT)
    assert (answer.status_code, answer.json()["error_code"]) == (409, "PROJECT_NAME_TAKEN")


async def test_the_documentation_is_where_it_belongs(client: httpx.AsyncClient, app: FastAPI) -> None:
    document = (await client.get("/api/openapi.json")).json()
    assert document["info"]["version"] == app.version
    assert {"name": "projects", "description": "Projects, their sources and their sync runs"} in document["tags"]
    for path in ("/api/docs", "/api/redoc"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
    operations = [
        operation for path in document["paths"].values() for operation in path.values() if isinstance(operation, dict)
    ]
    for operation in operations:
        assert operation["operationId"].startswith("projects-")
        assert operation["description"]
        assert {"200", "201", "202", "204"} & set(operation["responses"])
    body = document["paths"]["/api/projects/{project_id}"]["get"]["responses"]["404"]["content"]
    assert body == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}


async def test_without_identity_nothing_is_answered(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://projects") as nobody:
        answer = await nobody.get("/api/projects")
    assert (answer.status_code, answer.json()["error_code"]) == (401, "IDENTITY_REQUIRED")
