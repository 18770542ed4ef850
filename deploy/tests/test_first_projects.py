"""What `bmadflow up` registers and syncs, against a small hub that answers as the contract says."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from starlette.types import Receive, Scope, Send

from bmadflow.first_projects import register_projects
from bmadflow.options import Options
from common.testing.http_server import HttpServer


class SmallHub:
    """Keeps projects by name, a page of one each; answers syncs with `sync_answer` (202 makes them happen)."""

    def __init__(self) -> None:
        self.projects: dict[str, str] = {}  # name: sync_status
        self.sync_answer = 202
        self.syncs: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = json.loads((await receive())["body"] or b"null")
        status, answer = self.answer(scope["method"], scope["path"], parse_qs(scope["query_string"].decode()), body)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: dict[str, str]) -> tuple[int, object]:
        names = list(self.projects)
        if path == "/api/projects" and method == "GET":
            first = int(query.get("cursor", ["0"])[0])
            following = str(first + 1) if first + 1 < len(names) else None
            return 200, {"items": [self.shown(names[first])], "next_cursor": following}
        if path == "/api/projects":
            if body["name"] in names:
                return 409, {"detail": "The name is taken."}
            self.projects[body["name"]] = "never"
            return 201, self.shown(body["name"])
        name = names[int(path.split("/")[3])]
        self.syncs.append(name)
        if self.sync_answer == 202:
            self.projects[name] = "queued"
        return self.sync_answer, {"detail": "no"}

    def shown(self, name: str) -> dict[str, object]:
        return {"id": list(self.projects).index(name), "name": name, "sync_status": self.projects[name]}


@pytest.fixture
def hub() -> SmallHub:
    return SmallHub()


@pytest.fixture
async def options(hub: SmallHub, tmp_path: Path) -> AsyncIterator[Options]:
    async with HttpServer(hub) as server:
        yield Options(tmp_path, port=server.port, projects=(("Shop", "https://example.org/shop.git"),))


async def test_what_was_synced_once_is_left_alone(hub: SmallHub, options: Options) -> None:
    said: list[str] = []
    for _ in range(2):
        await register_projects(options, said.append)
    assert hub.syncs == ["BMADFlow", "Shop"]
    assert said == [f"The project {name} is registered and being synced." for name in hub.syncs]
    assert (options.data / "first_run").exists()


async def test_a_sync_that_could_not_be_started_is_tried_again_at_the_next_start(
    hub: SmallHub, options: Options
) -> None:
    said: list[str] = []
    hub.sync_answer = 503
    await register_projects(options, said.append)
    assert said == ["The sync of BMADFlow could not be started: no", "The sync of Shop could not be started: no"]
    assert not (options.data / "first_run").exists()
    hub.sync_answer = 202
    await register_projects(options, said.append)
    assert set(hub.projects.values()) == {"queued"}
    assert (options.data / "first_run").exists()


async def test_an_own_project_that_the_user_deleted_stays_deleted(hub: SmallHub, options: Options) -> None:
    await register_projects(options, print)
    del hub.projects["BMADFlow"]
    await register_projects(options, print)
    assert list(hub.projects) == ["Shop"]
