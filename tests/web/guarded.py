"""A project with everything that a trusted sync has: a credential, a schedule, a webhook, versions, and news at the
remote. `seed_guarded`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.testing.git_server import GitServer
from tests.e2e.hub import Hub, Repository, wait_until
from tests.web.seeding import Seeded, document_ids

TOKEN = "gate-token-of-the-harbour"
_FIRST = """# Gate rules

A vessel asks for the gate by radio.

The gate opens at half tide. It closes at low water.

## Night

No vessel passes at night.
"""
SECOND = _FIRST.replace("at half tide", "two hours before high water").replace("No vessel", "Only the pilot boat")


@dataclass(frozen=True, slots=True)
class Guarded:
    """A repository that the server gives only to who shows the token, and its URL."""

    repository: Repository
    url: str


def make_guarded(server: GitServer, folder: Path, name: str) -> Guarded:
    """The repository with its first commit; a token comes with Bitbucket's user name unless one is given."""
    repository = Repository(folder / name, server.root / f"{name}.git")
    server.passwords[f"{name}.git"] = f"x-token-auth:{TOKEN}"
    repository.write({"docs/gate.md": _FIRST, "README.md": "# The gate\n\nWho may pass it.\n"})
    repository.push("Write the gate rules down")
    return Guarded(repository, f"{server.url}/{name}.git")


def seed_guarded(hub: Hub, guarded: Guarded, name: str) -> Seeded:
    """The project, synced twice, and behind its remote by a third commit."""
    body = {"name": name, "repo_url": guarded.url, "credential": TOKEN}
    project = hub.call("POST", "/api/projects", expect=201, body=body)["id"]
    first = hub.sync(project)
    assert first["status"] == "succeeded", first
    guarded.repository.write({"docs/gate.md": SECOND})
    guarded.repository.push("Open the gate by the clock")
    run = hub.sync(project)
    assert run["status"] == "succeeded", run
    source = run["source_id"]
    hub.call("PATCH", f"/api/sources/{source}", body={"schedule": "0 2 * * *"})
    hub.call("POST", f"/api/sources/{source}/webhook", expect=201)
    guarded.repository.write({"docs/lights.md": "# Lights\n\nGreen means go.\n"})
    guarded.repository.push("Describe the lights")
    check(hub, project, source)
    return Seeded(project, name, source, run["id"], document_ids(hub, project), conversation_id=0, message_ids=[])


def check(hub: Hub, project: int, source: int) -> dict[str, Any]:
    """The source, once its remote was asked and is known to be ahead."""
    hub.call("POST", f"/api/sources/{source}/check", expect=202)
    return wait_until(
        lambda: hub.call("GET", f"/api/projects/{project}/sources")["items"][0], lambda each: each["is_behind"], 30
    )
