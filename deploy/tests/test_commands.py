"""The commands against a small HTTP API that answers as the contract says."""

import asyncio
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest
from rich.console import Console
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from bmadflow import event_commands, hub_commands
from bmadflow.api_client import Api, worker_health
from bmadflow.cli import app
from bmadflow.first_projects import parse_project
from bmadflow.refusal import Refused
from common.testing.http_server import HttpServer

Answer = tuple[int, dict[str, Any]]
PROJECTS = [
    {"id": 1, "name": "Shop", "sync_status": "succeeded", "last_synced_at": None, "repo_url": "https://example.org/s"},
    {"id": 2, "name": "1", "sync_status": "never", "last_synced_at": None, "repo_url": "https://example.org/o"},
]
PLACE = {"path": "docs/prd.md", "line_start": 12, "heading_path": ["PRD", "[Goals]"]}


class CannedApi:
    """Answers by method and path, the last answer again and again; remembers what was asked."""

    def __init__(self, answers: dict[str, list[Answer]]) -> None:
        self.answers = {"GET /api/projects": [(200, {"items": PROJECTS, "next_cursor": None})], **answers}
        self.asked: list[tuple[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        route = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        if environ.get("QUERY_STRING"):
            route += f"?{environ['QUERY_STRING']}"
        body = environ["wsgi.input"].read()
        self.asked.append((route, json.loads(body) if body else None))
        queue = self.answers[route]
        status, answer = queue.pop(0) if len(queue) > 1 else queue[0]
        start(f"{status} X", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    def api(self) -> Api:
        return Api("http://hub", httpx.WSGITransport(app=self))


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def run(status: str, **fields: object) -> Answer:
    known = {"id": "s1", "phase": None, "files_total": 2, "files_done": 2, "error_code": None, "error_detail": None}
    return 200, known | {"status": status} | fields


def test_a_project_is_found_by_name_before_id() -> None:
    api = CannedApi({}).api()
    assert [api.project(word)["id"] for word in ("Shop", "1", "2")] == [1, 2, 2]
    with pytest.raises(Refused, match=r"There is no project 'Cellar' \(projects: Shop, 1\)"):
        api.project("Cellar")


def test_lists_are_read_to_their_end() -> None:
    pages = {
        "GET /api/things": [(200, {"items": [{"n": 1}], "next_cursor": "c2"})],
        "GET /api/things?cursor=c2": [(200, {"items": [{"n": 2}], "next_cursor": None})],
    }
    assert list(CannedApi(pages).api().items("/api/things")) == [{"n": 1}, {"n": 2}]


def test_status_shows_services_and_projects(console: Console) -> None:
    services = {"projects": {"status": "ok"}, "documents": {"status": "ok"}}
    health = {"status": "ok", "version": "0.1.0", "services": services}
    assert hub_commands.show_status(CannedApi({"GET /api/health": [(200, health)]}).api(), console)
    assert "BMADFlow 0.1.0: ok" in text_of(console)
    assert "Shop" in text_of(console)


def test_status_of_a_stack_that_is_not_well_still_names_the_services(console: Console) -> None:
    health = {"status": "down", "version": "0.1.0", "services": {"projects": {"status": "down"}}}
    assert not hub_commands.show_status(CannedApi({"GET /api/health": [(503, health)]}).api(), console)
    assert "projects │ down" in text_of(console)


def test_status_says_why_the_newest_failed_sync_failed(console: Console) -> None:
    failed = PROJECTS[0] | {"sync_status": "failed"}
    health = {"status": "ok", "version": "0.1.0", "services": {"projects": {"status": "ok"}}}
    newest = run("failed", error_code="BRANCH_NOT_FOUND", error_detail="There is no branch [x].")[1]
    older = run("failed", error_code="DISK_FULL", error_detail="The disk is full.")[1]
    runs = {"items": [run("cancelled")[1], newest, older], "next_cursor": None}
    answers: dict[str, list[Answer]] = {
        "GET /api/health": [(200, health)],
        "GET /api/projects": [(200, {"items": [failed, PROJECTS[1]], "next_cursor": None})],
        "GET /api/projects/1/syncs?limit=50": [(200, runs)],
    }
    assert hub_commands.show_status(CannedApi(answers).api(), console)
    assert text_of(console).endswith("Shop: failed: There is no branch [x]. [BRANCH_NOT_FOUND]\n")


@pytest.mark.parametrize("status", ["ok", "down"])
def test_status_shows_the_worker_too(console: Console, status: str) -> None:
    health = {"status": "ok", "version": "0.1.0", "services": {"projects": {"status": "ok"}}}
    api = CannedApi({"GET /api/health": [(200, health)]}).api()
    assert hub_commands.show_status(api, console, {"status": status}) is (status == "ok")
    assert f"documents-worker │ {status}" in text_of(console)


@pytest.mark.parametrize(("service", "is_shown"), [("documents-worker", True), ("somebody-else", False)])
async def test_the_worker_is_asked_four_ports_after_the_gateway(service: str, is_shown: bool) -> None:
    health = {"status": "ok", "service": service}

    async def answer(scope: Scope, _: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        assert scope["path"] == "/api/health/ready"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(health).encode()})

    async with HttpServer(answer) as worker:
        found = await asyncio.to_thread(worker_health, f"http://127.0.0.1:{worker.port - 4}")
    assert found == (health if is_shown else None)
    assert await asyncio.to_thread(worker_health, f"http://127.0.0.1:{worker.port - 4}") is None
    assert worker_health("http://127.0.0.1:65535") is None


@pytest.fixture
def quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_commands, "_POLL_SECONDS", 0)


@pytest.mark.usefixtures("quick_polls")
def test_sync_follows_the_run_to_its_end(console: Console) -> None:
    done = run("succeeded", files_changed=2, files_removed=0, files_failed=1, chunks_total=9)
    done[1]["warnings"] = [{"path": "a.yaml", "message": "invalid YAML [line 3]"}]
    canned = CannedApi(
        {
            "POST /api/projects/1/sync": [(202, {"syncs": [{"id": "s1"}]})],
            "GET /api/syncs/s1": [run("queued", files_total=None), run("running", phase="embedding"), done],
        }
    )
    assert hub_commands.sync(canned.api(), console, "Shop")
    assert "succeeded: 2 files, 2 changed, 0 removed, 1 failed, 9 chunks" in text_of(console)
    assert "a.yaml: invalid YAML [line 3]" in text_of(console)
    assert [route for route, _ in canned.asked].count("GET /api/syncs/s1") == 3


@pytest.mark.usefixtures("quick_polls")
def test_a_failed_sync_says_why(console: Console) -> None:
    failed = run("failed", error_code="BRANCH_NOT_FOUND", error_detail="There is no branch 'x'.")
    sync = {"POST /api/projects/1/sync": [(202, {"syncs": [{"id": "s1"}]})], "GET /api/syncs/s1": [failed]}
    assert not hub_commands.sync(CannedApi(sync).api(), console, "Shop")
    assert "failed: There is no branch 'x'. [BRANCH_NOT_FOUND]" in text_of(console)


def test_search_shows_places(console: Console) -> None:
    hit = PLACE | {"rank": 1, "score": 0.914, "text": "Sell\n  [more] shoes."}
    canned = CannedApi({"POST /api/projects/1/search": [(200, {"results": [hit]})]})
    hub_commands.search(canned.api(), console, "Shop", "shoes", 5)
    assert "1. docs/prd.md:12  PRD › [Goals]  (0.91)\nSell [more] shoes.\n" in text_of(console)
    assert canned.asked[-1] == ("POST /api/projects/1/search", {"query": "shoes", "limit": 5})


def test_ask_prints_the_answer_and_its_citations(console: Console) -> None:
    message = {"content": "Shoes [1].", "sources": [PLACE | {"n": 1}]}
    canned = CannedApi(
        {
            "POST /api/projects/1/conversations": [(201, {"id": 7})],
            "POST /api/conversations/7/messages": [(201, {"assistant_message": message})],
        }
    )
    hub_commands.ask(canned.api(), console, "Shop", "What do we sell?")
    assert text_of(console) == "Shoes [1].\n[1] docs/prd.md:12  PRD › [Goals]\n"


def letters(*ids: str) -> list[Answer]:
    fields = {"type": "t.v1", "attempts": 8, "died_at": "2026-01-01T00:00:00Z", "last_error": "boom"}
    return [(200, {"items": [fields | {"event_id": each} for each in ids], "next_cursor": None})]


def test_dead_letters_are_listed_and_replayed(console: Console) -> None:
    canned = CannedApi(
        {
            "GET /api/events/projects/dead": letters(),
            "GET /api/events/documents/dead": letters("e1", "e2"),
            "GET /api/events/chat/dead": letters("e1"),
            "POST /api/events/documents/dead/e1/replay": [(202, {"event_id": "e1"})],
            "POST /api/events/chat/dead/e1/replay": [(202, {"event_id": "e1"})],
        }
    )
    event_commands.list_dead(canned.api(), console)
    assert "documents │ e2" in text_of(console)
    event_commands.replay_dead(canned.api(), console, "e1")
    assert text_of(console).endswith("2 replayed.\n")
    with pytest.raises(Refused, match="no dead letter e9"):
        event_commands.replay_dead(canned.api(), console, "e9")


def test_a_problem_becomes_its_detail_and_code() -> None:
    problem = {"detail": "Project 42 not found", "error_code": "PROJECT_NOT_FOUND"}
    with pytest.raises(Refused, match=r"^Project 42 not found \[PROJECT_NOT_FOUND\]$"):
        CannedApi({"GET /api/projects/42": [(404, problem)]}).api().get("/api/projects/42")


def test_a_stranger_at_the_address_is_told() -> None:
    def stranger(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<html>"]

    with pytest.raises(Refused, match="is not BMADFlow"):
        Api("http://hub", httpx.WSGITransport(app=stranger)).get("/api/projects")


@pytest.mark.parametrize("words", [["status"], ["sync", "x"], ["search", "x", "y"], ["ask", "x", "y"]])
def test_services_that_cant_be_reached_are_one_sentence(words: list[str]) -> None:
    result = CliRunner().invoke(app, [*words, "--url", "http://127.0.0.1:9"])
    assert result.exit_code == 1
    assert result.stderr == (
        "BMADFlow doesn't answer at http://127.0.0.1:9: start it with `bmadflow up`, or name its --url.\n"
    )


def test_bootstrap_names_the_password_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BMADFLOW_PROJECTS_PASSWORD", raising=False)
    result = CliRunner().invoke(app, ["bootstrap", "--database-url", "postgresql://nobody@127.0.0.1:9/x"])
    assert result.exit_code == 1
    assert "BMADFLOW_PROJECTS_PASSWORD is missing" in result.stderr


def test_project_options_are_a_name_and_a_place(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse_project("Shop=shop") == ("Shop", str(tmp_path / "shop"))
    assert parse_project("Shop=https://example.org/a=b") == ("Shop", "https://example.org/a=b")
    for wrong in ("Shop", "=x", "Shop="):
        with pytest.raises(Refused, match="NAME=URL_OR_PATH"):
            parse_project(wrong)
