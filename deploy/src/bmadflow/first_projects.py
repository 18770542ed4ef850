"""Projects that `bmadflow up` registers and syncs by itself: this repository's own documents, and --project."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bmadflow.local_api import call
from bmadflow.options import Options
from bmadflow.refusal import Refused
from bmadflow.stack import checkout

OWN_NAME = "BMADFlow"
_DESCRIPTION = "BMADFlow's own documents"

Say = Callable[[str], None]


def parse_project(text: str) -> tuple[str, str]:
    """`NAME=URL_OR_PATH`; a path becomes absolute. Raises Refused."""
    name, _, location = text.partition("=")
    if not name.strip() or not location.strip():
        raise Refused(f"--project wants NAME=URL_OR_PATH, not {text!r}.")
    path = Path(location.strip()).expanduser()
    return name.strip(), str(path.resolve()) if path.is_dir() else location.strip()


async def register_projects(options: Options, say: Say) -> None:
    """Register what is not there yet and sync what never was. A failure is told, and tried again at the next start."""
    marker = options.data / "first_run"
    if not marker.exists() and await _register_own(options, say):
        marker.touch()
    for name, location in options.projects:
        await _register(options, {"name": name, "repo_url": location}, say)


async def _register_own(options: Options, say: Say) -> bool:
    root = checkout()
    if not _has_commits(root):
        say(f"{root} is no git checkout with commits, so the project {OWN_NAME} with its own documents is left out.")
        return False
    project = {"name": OWN_NAME, "repo_url": str(root), "docs_path": "docs", "description": _DESCRIPTION}
    return await _register(options, project, say)


def _has_commits(root: Path) -> bool:
    # The checkout may belong to another account than ours (root runs a user's): we only ask whether it is one.
    command = ["git", "-c", "safe.directory=*", "-C", str(root), "rev-parse", "--verify", "--quiet", "HEAD"]
    return (root / ".git").exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - no shell


async def _register(options: Options, project: dict[str, str], say: Say) -> bool:
    """True when the project exists afterwards and its first sync was asked for."""
    status, answer = await call(options, "POST", "/api/projects", project)
    found = answer if status == 201 else await _find(options, project["name"]) if status == 409 else None
    if found is None:
        say(f"The project {project['name']} could not be registered: {_reason(answer)}")
        return False
    if found["sync_status"] != "never":
        return True
    status, answer = await call(options, "POST", f"/api/projects/{found['id']}/sync", {})
    if status != 202:
        say(f"The sync of {project['name']} could not be started: {_reason(answer)}")
        return False
    say(f"The project {project['name']} is registered and being synced.")
    return True


async def _find(options: Options, name: str) -> Any:
    """The registered project of that name; None where it can't be found."""
    cursor = ""
    while True:
        status, page = await call(options, "GET", f"/api/projects?limit=200{cursor}")
        if status != 200:
            return None
        for project in page["items"]:
            if project["name"] == name:
                return project
        if not page["next_cursor"]:
            return None
        cursor = f"&cursor={quote(page['next_cursor'])}"


def _reason(answer: Any) -> str:
    return str(answer["detail"]) if isinstance(answer, dict) and "detail" in answer else "the gateway didn't answer."
