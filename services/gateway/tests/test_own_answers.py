"""What the gateway answers itself, with services up, down and talking nonsense."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from common.identity import TokenVerifier
from common.testing.http_server import HttpServer
from common.testing.plugin import IdentityKeys
from common.version import VERSION
from gateway.app import create_app
from gateway.settings import Settings

Serve = Callable[[ASGIApp], Awaitable[HttpServer]]
StartGateway = Callable[..., Awaitable[httpx.AsyncClient]]


class Service:
    """Serves JSON documents by path; notes the headers it was asked with."""

    def __init__(self, name: str, answers: dict[str, object]) -> None:
        self.answers: dict[str, object] = {
            "/api/health/ready": {"status": "ok", "service": name, "version": "7", "checks": {"database": "ok"}},
            **answers,
        }
        self.headers: dict[str, dict[bytes, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.headers[path] = dict(scope["headers"])
        answer = self.answers.get(path)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        is_down = isinstance(answer, dict) and answer.get("status") == "down"
        status = 404 if answer is None else 503 if is_down else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})


def _api(name: str, item: dict[str, Any], path: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Item"}
    responses = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    operation = {"operationId": f"{name}-list_all", "tags": [name], "responses": responses}
    internal = {"get": {"operationId": f"{name}-stats", "responses": {"200": {"description": "ok"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "tags": [{"name": name, "description": f"About {name}"}],
        "paths": {path: {"get": operation}, f"/api/stats/{name}": internal},
        "components": {"schemas": {"Item": item}},
    }


PROJECTS_API = _api("projects", {"type": "string"}, "/api/projects")
CHAT_API = _api("chat", {"type": "null"}, "/api/llm-providers")


async def test_root_leads_to_the_documentation(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()
    answer = await gateway.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/api/docs")


async def test_documentation_pages_load_nothing_foreign(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()
    for path in ("/api/docs", "/api/redoc"):
        page = await gateway.get(path)
        assert page.status_code == 200
        assert "http" not in page.text.replace("https://localhost", "")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "no-referrer"
    docs = (await gateway.get("/api/docs")).text
    for name in ("projects", "documents", "chat", "gateway"):
        assert f'value="/api/openapi/{name}.json"' in docs
    assert docs.index("/api/openapi.json") < docs.index("/api/openapi/projects.json")
    assert (await gateway.get("/api/docs/assets/swagger-ui.css")).status_code == 200


async def test_health_says_which_service_is_down(start_gateway: StartGateway, serve: Serve) -> None:
    up = await serve(Service("projects", {}))
    broken = await serve(
        Service("documents", {"/api/health/ready": {"status": "down", "checks": {"database": "down"}}})
    )
    gateway = await start_gateway(projects_url=up.url, documents_url=broken.url)
    answer = await gateway.get("/api/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded",
        "version": VERSION,
        "services": {
            "projects": {"status": "ok", "version": "7", "checks": {"database": "ok"}},
            "documents": {"status": "down", "version": None, "checks": {"database": "down"}},
            "chat": {"status": "down", "version": None, "checks": {}},
        },
    }


@pytest.mark.parametrize(("is_up", "status", "word"), [(True, 200, "ok"), (False, 503, "down")])
async def test_health_of_the_whole(
    start_gateway: StartGateway, serve: Serve, is_up: bool, status: int, word: str
) -> None:
    ready: dict[str, object] = {} if is_up else {"/api/health/ready": b"nonsense"}
    url = (await serve(Service("projects", ready))).url
    gateway = await start_gateway(projects_url=url, documents_url=url, chat_url=url)
    answer = await gateway.get("/api/health")
    assert (answer.status_code, answer.json()["status"]) == (status, word)
    assert (await gateway.get("/api/health/live")).status_code == 200


async def test_dashboard_adds_up_what_the_services_know(
    start_gateway: StartGateway, serve: Serve, identity_keys: IdentityKeys
) -> None:
    projects = Service("projects", {"/api/stats/projects": {"projects": 3, "recent_syncs": [{"id": "s"}]}})
    counts = [{"project_id": 2, "documents": 40, "chunks": 500}]
    documents = Service("documents", {"/api/stats/documents": {"documents": 40, "chunks": 500, "by_project": counts}})
    gateway = await start_gateway(projects_url=(await serve(projects)).url, documents_url=(await serve(documents)).url)
    answer = await gateway.get("/api/dashboard")
    assert answer.status_code == 200
    assert answer.json() == {
        "projects": 3,
        "recent_syncs": [{"id": "s"}],
        "documents": 40,
        "chunks": 500,
        "by_project": counts,
        "conversations": None,
    }
    token = projects.headers["/api/stats/projects"][b"x-bmadflow-identity"].decode()
    assert TokenVerifier(identity_keys.public, "projects").verify(token).is_admin


async def test_dashboard_with_every_service_down_or_talking_nonsense(start_gateway: StartGateway, serve: Serve) -> None:
    odd = Service("projects", {"/api/stats/projects": b"[1", "/api/stats/documents": [1], "/api/stats/chat": 1})
    url = (await serve(odd)).url
    for gateway in (await start_gateway(), await start_gateway(projects_url=url, documents_url=url, chat_url=url)):
        answer = await gateway.get("/api/dashboard")
        assert answer.status_code == 200
        assert set(answer.json().values()) == {None}


async def test_current_user_is_the_local_administrator(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()
    assert (await gateway.get("/api/auth/me")).json() == {
        "user_id": "local",
        "name": "Local administrator",
        "is_admin": True,
        "authentication": "local_admin",
    }


async def test_merged_openapi(start_gateway: StartGateway, serve: Serve) -> None:
    projects = await serve(Service("projects", {"/api/openapi.json": PROJECTS_API}))
    chat = await serve(Service("chat", {"/api/openapi.json": CHAT_API}))
    gateway = await start_gateway(projects_url=projects.url, chat_url=chat.url)
    document = (await gateway.get("/api/openapi.json")).json()
    assert document["info"] == {
        "title": "BMADFlow API",
        "description": "Documentation hub with RAG chatbot for BMAD Method projects",
        "version": VERSION,
    }
    assert {"/api/projects", "/api/llm-providers", "/api/health", "/api/dashboard"} <= document["paths"].keys()
    assert not [path for path in document["paths"] if "stats" in path]
    assert {"ProjectsItem", "ChatItem", "GatewayHealth"} <= document["components"]["schemas"].keys()
    assert [tag["name"] for tag in document["tags"]] == ["projects", "chat", "gateway"]
    assert document["x-service-status"] == {"projects": "live", "documents": "absent", "chat": "live"}
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert (await gateway.get("/api/openapi/chat.json")).json() == CHAT_API
    assert "/api/dashboard" in (await gateway.get("/api/openapi/gateway.json")).json()["paths"]
    for unknown, status, code in (("documents", 404, "SERVICE_UNKNOWN"), ("nonsense", 422, "VALIDATION_ERROR")):
        absent = await gateway.get(f"/api/openapi/{unknown}.json")
        assert (absent.status_code, absent.json()["error_code"]) == (status, code)


async def test_service_that_goes_down_keeps_its_documentation(
    start_gateway: StartGateway, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.catalog.REFRESH_SECONDS", 0.05)
    monkeypatch.setattr("gateway.catalog._GAP_SECONDS", 0.05)
    projects = await serve(Service("projects", {"/api/openapi.json": PROJECTS_API}))
    gateway = await start_gateway(projects_url=projects.url, contracts_dir=tmp_path)
    assert "/api/projects" in (await gateway.get("/api/openapi.json")).json()["paths"]
    await projects.stop()
    document: dict[str, Any] = {"x-service-status": {"projects": "live"}}
    async with asyncio.timeout(10):
        while document["x-service-status"]["projects"] == "live":
            document = (await gateway.get("/api/openapi.json")).json()
    assert document["x-service-status"]["projects"] == "stale"
    assert "/api/projects" in document["paths"]
    restarted = await start_gateway(projects_url=projects.url, contracts_dir=tmp_path)
    document = (await restarted.get("/api/openapi.json")).json()
    assert document["x-service-status"]["projects"] == "stale"
    assert "/api/projects" in document["paths"]


@pytest.mark.parametrize(
    "nonsense", [b"", b"[]", b"{", b"<html>", b'{"openapi": 3}', b'{"openapi": "3.1.0", "paths": []}']
)
async def test_nonsense_of_one_service_leaves_the_documentation_whole(
    start_gateway: StartGateway, serve: Serve, nonsense: bytes
) -> None:
    odd = await serve(Service("documents", {"/api/openapi.json": nonsense, "/api/asyncapi.json": nonsense}))
    projects = await serve(Service("projects", {"/api/openapi.json": PROJECTS_API}))
    gateway = await start_gateway(projects_url=projects.url, documents_url=odd.url)
    document = (await gateway.get("/api/openapi.json")).json()
    assert "/api/projects" in document["paths"]
    assert document["x-service-status"]["documents"] == "absent"
    assert (await gateway.get("/api/asyncapi.json")).status_code == 200


async def test_merged_asyncapi(start_gateway: StartGateway, serve: Serve) -> None:
    events = {
        "asyncapi": "3.0.0",
        "channels": {"projects.project.created.v1": {"messages": {}}},
        "operations": {},
        "components": {"schemas": {"ProjectCreated": {"type": "object"}}},
    }
    projects = Service("projects", {"/api/openapi.json": PROJECTS_API, "/api/asyncapi.json": events})
    gateway = await start_gateway(projects_url=(await serve(projects)).url)
    document = (await gateway.get("/api/asyncapi.json")).json()
    assert document["asyncapi"] == "3.0.0"
    assert list(document["channels"]) == ["projects.project.created.v1"]
    assert "ProjectCreated" in document["components"]["schemas"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/api/health", 405)])
async def test_own_errors_are_problems(start_gateway: StartGateway, method: str, path: str, status: int) -> None:
    gateway = await start_gateway()
    answer = await gateway.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_metrics_count_forwarded_requests_by_route(start_gateway: StartGateway, echo: HttpServer) -> None:
    gateway = await start_gateway(documents_url=echo.url)
    await gateway.get("/api/projects/77/tree")
    text = (await gateway.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/api/projects/{id}/tree",status="200"}' in text


@pytest.mark.parametrize(
    ("client", "status"), [("127.0.0.1", 200), ("::1", 200), ("172.18.0.1", 404), ("10.0.0.9", 404)]
)
async def test_metrics_are_for_this_machine_alone(identity_keys: IdentityKeys, client: str, status: int) -> None:
    urls = {f"{service}_url": "http://127.0.0.1:9" for service in ("projects", "documents", "chat")}
    settings = {"identity_private_key": identity_keys.private, "authentication": "trusted_network", **urls}
    app = create_app(Settings.model_validate({**settings, "allowed_hosts": ("hub",)}))
    transport = httpx.ASGITransport(app, client=(client, 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as asking:
        assert (await asking.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})).status_code == status
