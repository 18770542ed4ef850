"""What survives: processes killed in mid-sync, and a whole stop and start. Embedded mode, by process id."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.testing.git_server import GitServer
from tests.e2e.hub import Hub, Repository, free_ports, start_process, stop_process, wait_until


@pytest.fixture(scope="module")
def own_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that may be hurt."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "repositories").mkdir()
    server = GitServer(folder / "repositories")
    server.start()
    port = free_ports(5)
    process = start_process(folder / "data", port)
    hub = Hub(f"http://127.0.0.1:{port}", server.url, folder / "repositories", folder / "data", process)
    yield hub
    assert hub.process is not None
    stop_process(hub.process)
    server.stop()
    hub.client.close()


@pytest.fixture
def repository(own_hub: Hub, request: pytest.FixtureRequest) -> Repository:
    name = f"r{abs(hash(request.node.name)) % 10**8}"
    made = Repository(own_hub.repositories.parent / name, own_hub.repositories / f"{name}.git")
    made.write({f"docs/{n}.md": note(n) for n in range(300)})
    made.push()
    return made


def note(number: int) -> str:
    paragraphs = "\n\n".join(f"Paragraph {p} of note {number} speaks of subject {number * 31 + p}." for p in range(30))
    return f"# Note {number}\n\n{paragraphs}\n"


@pytest.mark.parametrize("victim", ["documents.worker", "projects.app", "documents.app", "postgres"])
def test_a_sync_survives_the_death_of(victim: str, own_hub: Hub, repository: Repository) -> None:
    hub = own_hub
    project = hub.create_project(f"Kill {victim}", f"{hub.git_url}/{repository.bare.name}")
    sync_id = hub.call("POST", f"/api/projects/{project}/sync", expect=202)["syncs"][0]["id"]
    wait_until(lambda: hub.call("GET", f"/api/syncs/{sync_id}"), lambda run: run["files_done"] > 5, 60)

    os.kill(process_of(hub, victim), signal.SIGKILL)

    run = wait_until(
        lambda: steady(hub, f"/api/syncs/{sync_id}"),
        lambda seen: seen is not None and seen["status"] not in ("queued", "running"),
        150,
    )
    assert run["status"] == "succeeded", run
    # The worker may be done before a killed API is up again, and the gateway lets a failing service rest.
    wait_until(lambda: steady(hub, "/api/health"), lambda health: health is not None and health["status"] == "ok", 60)
    wait_until(lambda: steady(hub, f"/api/projects/{project}/documents"), lambda answer: answer is not None, 30)
    tree = repository.tree()
    assert hub.documents(project) == tree
    again = hub.sync(project)
    assert (again["chunks_embedded"], again["chunks_total"]) == (0, run["chunks_total"])


def steady(hub: Hub, path: str) -> dict[str, object] | None:
    """The answer, or None while the hub is still getting up."""
    answer = hub.client.get(path)
    assert answer.status_code in (200, 500, 502, 503, 504), answer.text
    return answer.json() if answer.status_code == 200 else None


def process_of(hub: Hub, name: str) -> int:
    """The process of this hub whose command line holds `name`; the postmaster for "postgres"."""
    assert hub.process is not None
    listing = subprocess.run(["ps", "-ewwo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()[1:]]
    found = [int(pid) for pid, parent, command in rows if int(parent) == hub.process.pid and name in command]
    assert found, f"no {name} below {hub.process.pid}:\n{listing}"
    return found[0]


def test_a_second_start_finds_everything_again(own_hub: Hub) -> None:
    hub = own_hub
    assert hub.process is not None
    assert hub.data is not None
    before = hub.call("GET", "/api/projects")["items"]
    documents = {p["id"]: hub.documents(p["id"]) for p in before}
    stop_process(hub.process)
    assert survivors(hub.data) == []
    hub.process = start_process(hub.data, int(hub.url.rsplit(":", 1)[1]))
    after = hub.call("GET", "/api/projects")["items"]
    assert [p["name"] for p in after] == [p["name"] for p in before]
    assert {p["id"]: hub.documents(p["id"]) for p in after} == documents


def survivors(data: Path) -> list[str]:
    """Command lines of processes that still name the data folder."""
    listing = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if str(data) in line]
