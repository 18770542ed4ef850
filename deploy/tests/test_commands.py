"""The commands against a small HTTP API that answers as the contract says."""

import asyncio
import io
import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import httpx
import pytest
from rich.console import Console
from rich.progress import Progress, ProgressColumn
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from bmadflow import event_commands, hub_commands, sync_commands
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
SOURCE = {
    "id": 5,
    "name": "docs",
    "repo_url": "https://example.org/s",
    "sync_status": "succeeded",
    "last_synced_at": "2026-01-02T03:04:05Z",
    "next_sync_at": None,
    "remote_commit_sha": None,
    "remote_error_code": None,
    "remote_error_detail": None,
    "is_behind": False,
}
PLACE = {"path": "docs/prd.md", "line_start": 12, "heading_path": ["PRD", "[Goals]"]}


def sources(*changes: dict[str, Any]) -> list[Answer]:
    """Sources that differ from SOURCE as given; SOURCE itself without."""
    return [(200, {"items": [SOURCE | change for change in changes or [{}]], "next_cursor": None})]


class CannedApi:
    """Answers by method and path, the last answer again and again; remembers what was asked."""

    def __init__(self, answers: dict[str, list[Answer]]) -> None:
        self.answers = {
            "GET /api/projects": [(200, {"items": PROJECTS, "next_cursor": None})],
            "GET /api/projects/1/sources": sources(),
            "GET /api/projects/2/sources": [(200, {"items": [], "next_cursor": None})],
            **answers,
        }
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
    known = {
        "id": "s1",
        "source_id": 5,
        "phase": None,
        "files_total": 2,
        "files_done": 2,
        "error_code": None,
        "error_detail": None,
    }
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


HEALTH: Answer = (200, {"status": "ok", "version": "0.1.0", "services": {"projects": {"status": "ok"}}})


def test_status_shows_services_and_how_each_source_stands(console: Console) -> None:
    planned = {"id": 6, "name": "wiki", "next_sync_at": "2026-02-03T04:05:00Z", "is_behind": True}
    in_step = {"id": 7, "name": "specs", "remote_commit_sha": "c0ffee"}
    answers = {"GET /api/health": [HEALTH], "GET /api/projects/1/sources": sources({}, planned, in_step)}
    assert hub_commands.show_status(CannedApi(answers).api(), console)
    lines = text_of(console).splitlines()
    assert lines[0] == "BMADFlow 0.1.0: ok"
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if "example.org" in line]
    assert [row[1:7] for row in cells] == [
        ["Shop", "docs", "succeeded", "2026-01-02T03:04:05Z", "", ""],
        ["Shop", "wiki", "succeeded", "2026-01-02T03:04:05Z", "behind", "2026-02-03T04:05:00Z"],
        ["Shop", "specs", "succeeded", "2026-01-02T03:04:05Z", "in step", ""],
    ]
    assert any("no source yet" in line for line in lines)


def test_status_says_why_a_remote_cant_be_asked(console: Console) -> None:
    refused = {
        "remote_error_code": "REPOSITORY_NOT_FOUND",
        "remote_error_detail": "There is no [x].",
        "is_behind": True,
    }
    answers = {"GET /api/health": [HEALTH], "GET /api/projects/1/sources": sources(refused)}
    assert hub_commands.show_status(CannedApi(answers).api(), console)
    assert "│ can't be asked │" in text_of(console)
    assert text_of(console).endswith("Shop, docs: the remote can't be asked: There is no [x]. [REPOSITORY_NOT_FOUND]\n")


def test_status_of_a_stack_that_is_not_well_still_names_the_services(console: Console) -> None:
    health = {"status": "down", "version": "0.1.0", "services": {"projects": {"status": "down"}}}
    assert not hub_commands.show_status(CannedApi({"GET /api/health": [(503, health)]}).api(), console)
    assert "projects │ down" in text_of(console)


def test_status_says_why_the_newest_failed_sync_failed(console: Console) -> None:
    newest = run("failed", error_code="BRANCH_NOT_FOUND", error_detail="There is no branch [x].")[1]
    older = run("failed", error_code="DISK_FULL", error_detail="The disk is full.")[1]
    first = {"items": [run("cancelled")[1], newest | {"source_id": 6}], "next_cursor": "c2"}
    second = {"items": [newest, older], "next_cursor": "c3"}
    answers: dict[str, list[Answer]] = {
        "GET /api/health": [HEALTH],
        "GET /api/projects/1/sources": sources({"sync_status": "failed"}),
        "GET /api/projects/1/syncs?limit=200": [(200, first)],
        "GET /api/projects/1/syncs?limit=200&cursor=c2": [(200, second)],
    }
    assert hub_commands.show_status(CannedApi(answers).api(), console)
    assert text_of(console).endswith("Shop, docs: failed: There is no branch [x]. [BRANCH_NOT_FOUND]\n")


@pytest.mark.parametrize("status", ["ok", "down"])
def test_status_shows_the_worker_too(console: Console, status: str) -> None:
    api = CannedApi({"GET /api/health": [HEALTH]}).api()
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
    monkeypatch.setattr(sync_commands, "_POLL_SECONDS", 0)


def begun(*runs: dict[str, Any]) -> list[Answer]:
    return [(202, {"syncs": list(runs)})]


@pytest.mark.usefixtures("quick_polls")
@pytest.mark.parametrize("kind", ["sync", "reindex"])
def test_a_run_is_followed_to_its_end(console: Console, kind: str) -> None:
    done = run("succeeded", files_changed=2, files_removed=0, files_failed=1, chunks_total=9)
    done[1]["warnings"] = [
        {"path": "a.yaml", "message": "invalid YAML [line 3]"},
        {"path": "", "message": "There are none."},
    ]
    canned = CannedApi(
        {
            f"POST /api/projects/1/{kind}": begun(run("queued")[1]),
            "GET /api/syncs/s1": [run("queued", files_total=None), run("running", phase="embedding"), done],
        }
    )
    assert getattr(sync_commands, kind)(canned.api(), console, "Shop")
    assert text_of(console).endswith(
        "succeeded: 2 files, 2 changed, 0 removed, 1 failed, 9 chunks\n"
        "  a.yaml: invalid YAML [line 3]\n  the repository: There are none.\n"
    )
    assert [route for route, _ in canned.asked].count("GET /api/syncs/s1") == 3


@pytest.mark.usefixtures("quick_polls")
def test_several_sources_are_followed_side_by_side(console: Console) -> None:
    counts = {"files_changed": 1, "files_removed": 0, "files_failed": 0, "chunks_total": 3}
    failed = run("failed", id="s2", source_id=6, error_code="BRANCH_NOT_FOUND", error_detail="There is no branch 'x'.")
    canned = CannedApi(
        {
            "GET /api/projects/1/sources": sources({}, {"id": 6, "name": "wiki"}),
            "POST /api/projects/1/sync": begun(run("queued")[1], run("queued", id="s2", source_id=6)[1]),
            "GET /api/syncs/s1": [run("running"), run("succeeded", **counts)],
            "GET /api/syncs/s2": [failed],
        }
    )
    assert not sync_commands.sync(canned.api(), console, "Shop")
    looks = [route for route, _ in canned.asked if route.startswith("GET /api/syncs/")]
    assert looks == ["GET /api/syncs/s1", "GET /api/syncs/s2", "GET /api/syncs/s1"]
    assert text_of(console).endswith(
        "docs: succeeded: 2 files, 1 changed, 0 removed, 0 failed, 3 chunks\n"
        "wiki: failed: There is no branch 'x'. [BRANCH_NOT_FOUND]\n"
    )


def test_the_rate_counts_what_is_done_from_the_first_look_on(monkeypatch: pytest.MonkeyPatch, console: Console) -> None:
    """Half of the files were unchanged; of the others ten a second are done, so four seconds remain."""
    seconds = iter(range(100))
    looks = [run("running", files_total=200, files_done=done) for done in (100, 110, 120, 130, 140, 150, 160)]
    ended = run("succeeded", files_total=200, files_done=200)
    canned = CannedApi({"POST /api/projects/1/sync": begun(run("queued")[1]), "GET /api/syncs/s1": [*looks, ended]})
    shown: list[tuple[float | None, float | None]] = []

    class Clocked(Progress):
        def __init__(self, *columns: str | ProgressColumn, console: Console) -> None:
            now = [0.0]
            super().__init__(*columns, console=console, auto_refresh=False, get_time=lambda: now[0])
            monkeypatch.setattr(sync_commands.time, "sleep", partial(self._pass, now))

        def _pass(self, now: list[float], _: float) -> None:
            now[0] = float(next(seconds))
            shown.append((self.tasks[0].speed, self.tasks[0].time_remaining))

    monkeypatch.setattr(sync_commands, "Progress", Clocked)
    sync_commands.sync(canned.api(), console, "Shop")
    assert shown[-1] == (10.0, 4.0)


def test_ctrl_c_ends_the_following_and_says_how_to_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(sync_commands, "sync", interrupted)
    result = CliRunner().invoke(app, ["sync", "My shop", "--url", "http://hub:9"])
    assert result.exit_code == 130
    assert result.stderr == (
        "It goes on without being followed; to cancel it: bmadflow cancel 'My shop' --url http://hub:9\n"
    )


def test_what_is_open_is_cancelled(console: Console) -> None:
    pages = {
        "": {"items": [run("queued", id="s3")[1], run("succeeded")[1]], "next_cursor": "c2"},
        "&cursor=c2": {"items": [run("succeeded")[1], run("running", id="s2")[1]], "next_cursor": None},
    }
    canned = CannedApi(
        {
            **{f"GET /api/projects/1/syncs?limit=200{cursor}": [(200, page)] for cursor, page in pages.items()},
            "POST /api/syncs/s2/cancel": [(202, {})],
            "POST /api/syncs/s3/cancel": [(202, {})],
        }
    )
    sync_commands.cancel(canned.api(), console, "Shop")
    assert text_of(console) == "2 being cancelled.\n"
    assert [route for route, _ in canned.asked][-2:] == ["POST /api/syncs/s3/cancel", "POST /api/syncs/s2/cancel"]


def test_search_shows_places(console: Console) -> None:
    copy = {"path": "docs/[old]/prd.md", "line_start": 7}
    hit = PLACE | {"rank": 1, "score": 0.914, "text": "Sell\n  [more] shoes.", "also_in": [copy]}
    answer = {"results": [hit], "warnings": ["The model is [down]."], "corrections": [{"from": "shoos", "to": "shoes"}]}
    canned = CannedApi({"POST /api/projects/1/search": [(200, answer)]})
    hub_commands.search(canned.api(), console, "Shop", {"query": "shoos", "limit": 5})
    assert text_of(console) == (
        "Nothing has “shoos”: searched for “shoes”.\n"
        "The model is [down].\n"
        "1. docs/prd.md:12  PRD › [Goals]  (0.91)\n"
        "Sell [more] shoes.\n"
        "also in docs/[old]/prd.md:7\n"
    )
    assert canned.asked[-1] == ("POST /api/projects/1/search", {"query": "shoos", "limit": 5})


def test_search_passes_on_its_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def search(*given: object) -> None:
        asked.append(given[2:])

    monkeypatch.setattr(hub_commands, "search", search)
    filters = ["--kind", "story", "--status", "draft", "--status", "review", "--epic", "3", "--path", "docs/"]
    assert CliRunner().invoke(app, ["search", "Shop", 'shoes -boots "red sole"', *filters]).exit_code == 0
    body = {"query": 'shoes -boots "red sole"', "limit": 10, "mode": "hybrid", "include_framework": False}
    filtered = {"kinds": ["story"], "statuses": ["draft", "review"], "epics": ["3"], "path_prefix": "docs/"}
    assert asked == [("Shop", body | filtered)]


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


@pytest.mark.parametrize(
    "words", [["status"], ["sync", "x"], ["reindex", "x"], ["cancel", "x"], ["search", "x", "y"], ["ask", "x", "y"]]
)
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
