"""Real repositories against the hub, file by file: `python -m bench.faithful BARE_REPOSITORY …`.

Each is served over HTTP and synced. Compared with git: the path and blob id of every document, the bytes that the hub
gives back for it (hashed as git does), and its last commit. Exit status 1 when anything differs.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.table import Row, print_table
from documents.parsing import FILE_TYPES
from tests.e2e.hub import Hub, start_embedded

_REGULAR = ("100644", "100755")
_SECONDS = 1800


@dataclass
class Comparison:
    """How many documents were compared, and how many differ in which way."""

    documents: int
    other_files: int
    other_bytes: int
    other_commit: int
    without_commit: int
    embedded_again: int
    seconds: float

    @property
    def is_faithful(self) -> bool:
        return not (self.other_files or self.other_bytes or self.other_commit or self.embedded_again)

    def __str__(self) -> str:
        return (
            f"{self.documents} documents in {self.seconds:.0f} s; differing: {self.other_files} files,"
            f" {self.other_bytes} contents, {self.other_commit} last commits ({self.without_commit} not known);"
            f" embedded by a second sync: {self.embedded_again}"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("repository", nargs="+", type=Path)
    chosen = arguments.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bmadflow-faithful-")))
        (folder / "repositories").mkdir()
        hub = start_embedded(stack, folder, folder / "repositories")
        results = {shown(path): compare(hub, path) for path in chosen.repository}
        print_table([Row(name, str(result)) for name, result in results.items()])
    sys.exit(0 if all(result.is_faithful for result in results.values()) else 1)


def shown(repository: Path) -> str:
    """The name of a repository, or of the folder around one that is called the same everywhere."""
    return repository.parent.name if repository.name in ("repo", ".git", "bare.git") else repository.name


def compare(hub: Hub, repository: Path) -> Comparison:
    """Sync it twice and compare everything that the hub says of its documents."""
    name = f"{shown(repository).replace('+', '-')}.git"
    (hub.repositories / name).symlink_to(repository.resolve())
    project = hub.create_project(name, f"{hub.git_url}/{name}")
    run = hub.sync(project, _SECONDS)
    assert run["status"] == "succeeded", run
    again = hub.sync(project, _SECONDS)
    tree = tree_of(repository, run["commit_sha"])
    documents = list_documents(hub, project)
    held = {document["path"]: document["blob_sha"] for document in documents}
    commits = last_commits(repository, run["commit_sha"])
    return Comparison(
        documents=len(documents),
        other_files=len(set(held.items()) ^ set(tree.items())),
        other_bytes=sum(blob_id(hub, document) != document["blob_sha"] for document in documents),
        other_commit=sum(differs(document, commits) for document in documents),
        without_commit=sum(document["last_commit"] is None for document in documents),
        embedded_again=again["chunks_embedded"],
        seconds=seconds_of(run),
    )


def seconds_of(run: dict[str, Any]) -> float:
    """From the start to the end of a run."""
    started, finished = (datetime.fromisoformat(run[name]) for name in ("started_at", "finished_at"))
    return (finished - started).total_seconds()


def tree_of(repository: Path, commit_sha: str) -> dict[str, str]:
    """{path: blob id} of the files that the hub takes for documents, by git alone."""
    found: dict[str, str] = {}
    for record in git(repository, "ls-tree", "-r", "-z", commit_sha).split("\0")[:-1]:
        head, _, path = record.partition("\t")
        mode, _, blob = head.split(" ")
        if mode in _REGULAR and path.rpartition("/")[2].rpartition(".")[2].lower() in FILE_TYPES:
            found[path] = blob
    return found


def list_documents(hub: Hub, project: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = hub.call("GET", f"/api/projects/{project}/documents?limit=200{cursor}")
        found += page["items"]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    return found


def blob_id(hub: Hub, document: dict[str, Any]) -> str:
    """The id that git would give to the bytes that the hub has kept."""
    answer = hub.client.get(f"/api/documents/{document['id']}/raw")
    assert answer.status_code == 200, answer.text
    return hashlib.sha1(b"blob %d\0" % len(answer.content) + answer.content, usedforsecurity=False).hexdigest()


def last_commits(repository: Path, commit_sha: str) -> dict[str, str]:
    """The newest commit, in git's own order, that is no merge and touched a path."""
    listing = git(repository, "log", "--no-merges", "--no-renames", "--format=%x01%H", "--name-only", "-z", commit_sha)
    found: dict[str, str] = {}
    for part in listing.split("\x01")[1:]:
        sha, *paths = part.replace("\n", "").split("\0")
        for path in paths:
            found.setdefault(path, sha)
    return found


def differs(document: dict[str, Any], commits: dict[str, str]) -> bool:
    said = document["last_commit"]
    return (said and said["sha"]) != commits.get(document["path"])


def git(repository: Path, *arguments: str) -> str:
    command = ["git", "-c", "safe.directory=*", f"--git-dir={repository}", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode(errors="surrogateescape")


if __name__ == "__main__":
    main()
