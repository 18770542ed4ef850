"""What every request meets first: host, origin, CORS, request id, rate."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from common.testing.http_server import HttpServer

StartGateway = Callable[..., Awaitable[httpx.AsyncClient]]
FRONTEND = "http://localhost:3000"
EVIL = "https://evil.example"


@pytest.mark.parametrize("path", ["/api/projects", "/api/health", "/api/docs", "/", "/nowhere"])
async def test_rebound_host_reaches_nothing(start_gateway: StartGateway, echo: HttpServer, path: str) -> None:
    gateway = await start_gateway(projects_url=echo.url)
    answer = await gateway.get(path, headers={"Host": "evil.example:8000"})
    assert (answer.status_code, answer.json()["error_code"]) == (421, "HOST_NOT_ALLOWED")
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
async def test_foreign_page_reaches_nothing(start_gateway: StartGateway, echo: HttpServer, method: str) -> None:
    gateway = await start_gateway(projects_url=echo.url)
    headers = {"Origin": EVIL, "Content-Type": "text/plain", "Access-Control-Request-Method": "POST"}
    answer = await gateway.request(method, "/api/projects", headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "ORIGIN_NOT_ALLOWED")
    assert "access-control-allow-origin" not in answer.headers


async def test_form_of_a_foreign_page_without_origin_is_refused(start_gateway: StartGateway, echo: HttpServer) -> None:
    gateway = await start_gateway(projects_url=echo.url)
    answer = await gateway.post("/api/projects", headers={"Sec-Fetch-Site": "cross-site"}, data={"name": "x"})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "ORIGIN_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/api/projects", "/api/health", "/api/openapi.json", "/nowhere"])
async def test_preflight_of_an_allowed_page(start_gateway: StartGateway, path: str) -> None:
    gateway = await start_gateway()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        asked = {
            "Origin": FRONTEND,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "content-type, last-event-id, authorization",
        }
        answer = await gateway.options(path, headers=asked)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == FRONTEND
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert method in answer.headers["access-control-allow-methods"]
        assert "last-event-id" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("path", "status"), [("/api/documents/1", 200), ("/api/projects", 503), ("/api/auth/me", 200), ("/api/%2e%2e", 400)]
)
async def test_allowed_page_may_read_answers_and_errors(
    start_gateway: StartGateway, echo: HttpServer, path: str, status: int
) -> None:
    gateway = await start_gateway(documents_url=echo.url)
    answer = await gateway.get(path, headers={"Origin": FRONTEND})
    assert answer.status_code == status
    assert answer.headers.get_list("access-control-allow-origin") == [FRONTEND]
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]


async def test_answers_outside_a_page_differ_by_origin_too(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()
    answer = await gateway.get("/api/auth/me")
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in answer.headers


async def test_other_origins_can_be_allowed(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(cors_origins=("https://hub.example",))
    assert (await gateway.get("/api/auth/me", headers={"Origin": "https://hub.example"})).status_code == 200
    assert (await gateway.get("/api/auth/me", headers={"Origin": FRONTEND})).status_code == 403


@pytest.mark.parametrize("path", ["/api/documents/1", "/api/projects", "/api/auth/me", "/nowhere", "/api/%2e%2e/x"])
async def test_every_answer_has_one_request_id(start_gateway: StartGateway, echo: HttpServer, path: str) -> None:
    gateway = await start_gateway(documents_url=echo.url)
    kept = await gateway.get(path, headers={"X-Request-ID": "my-id_1.2"})
    assert kept.headers.get_list("x-request-id") == ["my-id_1.2"]
    for insane in ("a b", "x" * 65, "é".encode().decode("latin-1"), "{}", ""):
        made = (await gateway.get(path, headers=[(b"X-Request-ID", insane.encode("latin-1"))])).headers["x-request-id"]
        assert made != insane
        assert made.isalnum()
    assert kept.headers.get_list("x-content-type-options") == ["nosniff"]
    assert kept.headers.get_list("date") != []
    assert "server" not in kept.headers


async def test_service_gets_the_request_id_and_the_trace(start_gateway: StartGateway, echo: HttpServer) -> None:
    gateway = await start_gateway(documents_url=echo.url)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sent = {"X-Request-ID": "abc", "traceparent": trace}
    received = (await gateway.get("/api/documents/1", headers=sent)).json()["headers"]
    assert [value for name, value in received if name == "x-request-id"] == ["abc"]
    assert [value for name, value in received if name == "traceparent"] == [trace]
    made = (await gateway.get("/api/documents/1", headers={"traceparent": "nonsense"})).json()["headers"]
    assert [len(value) for name, value in made if name == "traceparent"] == [55]


async def test_rate_is_limited_where_it_is_set(start_gateway: StartGateway, echo: HttpServer) -> None:
    gateway = await start_gateway(documents_url=echo.url, rate_limit_per_second=0.1)
    assert (await gateway.get("/api/documents/1")).status_code == 200
    for path in ("/api/documents/1", "/api/auth/me"):
        refused = await gateway.get(path)
        assert (refused.status_code, refused.json()["error_code"]) == (429, "RATE_LIMITED")
        assert refused.headers["retry-after"] == "10"
