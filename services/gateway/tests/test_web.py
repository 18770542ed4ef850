"""The web client behind the gateway: pages, their policy, files, and what stays the API's."""

import gzip
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs

from gateway.errors import FileUnknown
from gateway.web import WebClient, load_web_client

StartGateway = Callable[..., Awaitable[httpx.AsyncClient]]

INDEX = '<!doctype html><script type="module" nonce="__CSP_NONCE__" src="/assets/index-1.js"></script><p>client</p>'
DIAGRAM = '<!doctype html><script type="module" nonce="__CSP_NONCE__" src="/assets/diagram-1.js"></script>'
SCRIPT = "console.log('é');"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build as Vite makes it, and a secret beside it."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "diagram.html").write_text(DIAGRAM)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "robots.txt").write_text("User-agent: *\n")
    (folder / ".built").write_text("stamp")
    (folder / "assets" / "index-1.js").write_text(SCRIPT)
    (folder / "assets" / "index-1.js.br").write_bytes(b"brotli")
    (folder / "assets" / "index-1.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (folder / "assets" / "diagram-1.js").write_text("1")
    (folder / "assets" / "math-1.woff2").write_bytes(b"wOF2")
    (tmp_path / "secret.js").write_text("secret")
    return folder


@pytest.fixture
async def hub(start_gateway: StartGateway, dist: Path) -> httpx.AsyncClient:
    return await start_gateway(web_dir=dist)


def directives(answer: httpx.Response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


def nonce_of(answer: httpx.Response) -> str:
    found = re.search(r'nonce="([^"]+)"', answer.text)
    assert found
    return found[1]


PAGES = [
    "/",
    "/projects/1/docs/2/docs/prd.md?lines=3-4",
    "/projects/1/docs/2/docs/d%C3%A9cisions%20et%20%E5%9B%B3/a.b.js",
    "/projects/1/docs/2/api/metrics",
    "/apis",
    "/nowhere",
    "/index.html",
    "/assets",
    "/.built",
    "/secret.js",
]


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_path_is_the_client(hub: httpx.AsyncClient, path: str) -> None:
    answer = await hub.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text == INDEX.replace("__CSP_NONCE__", nonce_of(answer))


async def test_policy_of_the_client(hub: httpx.AsyncClient) -> None:
    answer = await hub.get("/search?q=x")
    nonce = nonce_of(answer)
    assert directives(answer) == {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce}' 'strict-dynamic'",
        "style-src": f"'self' 'nonce-{nonce}'",
        "img-src": "'self' blob: data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]


async def test_policy_of_the_diagram_frame(hub: httpx.AsyncClient) -> None:
    answer = await hub.get("/diagram")
    assert answer.text == DIAGRAM.replace("__CSP_NONCE__", nonce_of(answer))
    assert directives(answer) == {
        "sandbox": "allow-scripts",
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce_of(answer)}' 'strict-dynamic'",
        "style-src": "'unsafe-inline'",
        "font-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    assert answer.headers.get_list("x-frame-options") == ["SAMEORIGIN"]


async def test_no_two_answers_have_the_same_nonce(hub: httpx.AsyncClient) -> None:
    nonces = {nonce_of(await hub.get(path)) for path in ("/", "/", "/diagram", "/diagram")}
    assert len(nonces) == 4
    assert min(map(len, nonces)) >= 22  # 128 bits in base64


async def test_assets_are_kept_for_ever(hub: httpx.AsyncClient) -> None:
    answer = await hub.get("/assets/index-1.js", headers={"Accept-Encoding": "identity"})
    assert (answer.status_code, answer.text) == (200, SCRIPT)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert "content-encoding" not in answer.headers
    font = await hub.get("/assets/math-1.woff2")
    assert (font.headers["content-type"], font.content) == ("font/woff2", b"wOF2")
    assert "Accept-Encoding" not in font.headers["vary"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0", None),
        ("*", None),
        ("", None),
    ],
)
async def test_assets_come_compressed_to_who_can_read_that(
    hub: httpx.AsyncClient, dist: Path, accepted: str, coding: str | None
) -> None:
    async with hub.stream("GET", "/assets/index-1.js", headers={"Accept-Encoding": accepted}) as answer:
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == coding
    assert body == {None: SCRIPT.encode(), "br": b"brotli"}.get(coding, (dist / "assets/index-1.js.gz").read_bytes())
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize(("path", "type_"), [("/favicon.svg", "image/svg+xml"), ("/robots.txt", "text/plain")])
async def test_files_beside_the_pages_are_kept_for_an_hour(hub: httpx.AsyncClient, path: str, type_: str) -> None:
    answer = await hub.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(type_)
    assert answer.headers["cache-control"] == "public, max-age=3600"


async def test_a_file_that_was_loaded_before_isnt_sent_again(hub: httpx.AsyncClient) -> None:
    first = await hub.get("/favicon.svg")
    again = await hub.get("/favicon.svg", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("missing.js", 404),
        ("", 404),
        ("index-1.js.br", 404),
        ("%2e%2e/%2e%2e/secret.js", 400),
        ("..%2f..%2fsecret.js", 400),
    ],
)
async def test_what_isnt_an_asset_is_a_problem(hub: httpx.AsyncClient, name: str, status: int) -> None:
    answer = await hub.get(f"/assets/{name}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/assets/../../secret.js", "/assets//../../secret.js", "/assets/./index-1.js"])
async def test_the_client_itself_follows_no_dots(dist: Path, path: str) -> None:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(at(path, WebClient(dist))), base_url="http://hub")
    with pytest.raises(FileUnknown):
        await client.get("/")


def at(path: str, app: ASGIApp) -> ASGIApp:
    """The application, asked for this very path (a client of HTTP would tidy it up)."""

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": path}, receive, send)

    return ask


async def test_a_link_out_of_the_folder_leads_nowhere(start_gateway: StartGateway, dist: Path) -> None:
    (dist / "assets" / "link.js").symlink_to(dist.parent / "secret.js")
    hub = await start_gateway(web_dir=dist)
    assert (await hub.get("/assets/link.js")).status_code == 404


async def test_an_asset_that_a_new_build_removed_is_missing(hub: httpx.AsyncClient, dist: Path) -> None:
    (dist / "assets" / "diagram-1.js").unlink()
    answer = await hub.get("/assets/diagram-1.js")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "FILE_UNKNOWN")


async def test_another_build_is_served_without_a_restart(hub: httpx.AsyncClient, dist: Path) -> None:
    assert "client" in (await hub.get("/")).text
    (dist / "assets" / "index-1.js").unlink()
    (dist / "assets" / "index-2.js").write_text("2")
    (dist / "manual.txt").write_text("new")
    (dist / "index.html").write_text(INDEX.replace("index-1", "index-2").replace("client", "another"))
    (dist / "diagram.html").write_text(DIAGRAM.replace("diagram-1", "diagram-2"))
    page = await hub.get("/projects/1")
    assert "<p>another</p>" in page.text
    assert "/assets/index-2.js" in page.text
    assert "diagram-2" in (await hub.get("/diagram")).text
    assert (await hub.get("/assets/index-2.js")).text == "2"
    assert (await hub.get("/manual.txt")).text == "new"
    assert (await hub.get("/assets/index-1.js")).status_code == 404


async def test_files_that_come_after_the_page_are_found(hub: httpx.AsyncClient, dist: Path) -> None:
    assert (await hub.get("/assets/late-1.js")).status_code == 404
    (dist / "assets" / "late-1.js").write_text("late")
    assert (await hub.get("/assets/late-1.js")).text == "late"
    (dist / "assets" / "late-1.js.gz").write_bytes(gzip.compress(b"late"))
    answer = await hub.get("/assets/late-1.js", headers={"Accept-Encoding": "gzip"})
    assert (answer.headers["content-encoding"], answer.text) == ("gzip", "late")


@pytest.mark.parametrize("missing", ["index.html", "diagram.html"])
async def test_half_a_build_is_not_served(hub: httpx.AsyncClient, dist: Path, missing: str) -> None:
    (dist / missing).unlink()
    (dist / "assets" / "index-2.js").write_text("2")
    for path in ("/", "/diagram"):
        assert (await hub.get(path)).status_code == 200
    assert (await hub.get("/assets/index-2.js")).status_code == 404
    (dist / missing).write_text("<p>whole again</p>")
    assert (await hub.get("/" if missing == "index.html" else "/diagram")).text == "<p>whole again</p>"
    assert (await hub.get("/assets/index-2.js")).text == "2"


@pytest.mark.parametrize("path", ["/", "/projects/1", "/diagram", "/assets/index-1.js", "/favicon.svg"])
async def test_head_has_the_headers_and_no_body(hub: httpx.AsyncClient, path: str) -> None:
    full, head = await hub.get(path), await hub.head(path)
    assert (head.status_code, head.content) == (200, b"")
    changing = {"x-request-id", "content-security-policy", "date"}
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in full.headers.items() if k not in changing
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nowhere", 404),
        ("GET", "/api", 404),
        ("HEAD", "/api/health/nowhere", 404),
        ("DELETE", "/api/health", 405),
        ("POST", "/projects/1", 404),
        ("GET", "/mcp", 503),
    ],
)
async def test_what_is_the_apis_stays_the_apis(hub: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await hub.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_documentation_and_metrics_are_still_there(hub: httpx.AsyncClient) -> None:
    assert "swagger" in (await hub.get("/api/docs")).text
    await hub.get("/projects/1")
    metrics = (await hub.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/{page}",status="200"}' in metrics


async def test_pages_are_guarded_like_everything_else(hub: httpx.AsyncClient) -> None:
    answer = await hub.get("/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["error_code"]) == (421, "HOST_NOT_ALLOWED")


@pytest.mark.parametrize("missing", ["index.html", "diagram.html"])
async def test_without_a_whole_build_there_is_no_client(start_gateway: StartGateway, dist: Path, missing: str) -> None:
    (dist / missing).unlink()
    with capture_logs() as logs:
        assert load_web_client(dist) is None
    assert [(line["event"], line["log_level"]) for line in logs] == [("web.not_built", "warning")]
    hub = await start_gateway(web_dir=dist)
    answer = await hub.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/api/docs")
    assert (await hub.get("/projects/1")).status_code == 404


async def test_the_sandboxed_frame_gets_scripts_and_nothing_else(hub: httpx.AsyncClient) -> None:
    of_no_origin = {"Origin": "null"}
    script = await hub.get("/assets/diagram-1.js", headers=of_no_origin)
    assert (script.status_code, script.headers["access-control-allow-origin"]) == (200, "*")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    for path in ("/", "/diagram", "/favicon.svg", "/api/health", "/api/auth/me"):
        assert (await hub.get(path, headers=of_no_origin)).status_code == 403, path
    assert (await hub.post("/assets/diagram-1.js", headers=of_no_origin)).status_code == 403
