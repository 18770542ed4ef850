"""The hub as a person meets it: a URL. Embedded (`bmadflow up`) or compose; the journeys are the same."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from common.testing.git_server import GitServer
from tests.e2e.compose import ComposeHub

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
_BLOCK = 10  # ports with a lock in common
_HELD: list[ExitStack] = []
"""The locks of the ports that were given to this process."""


@dataclass
class Hub:
    """A running hub. `repositories` is served over HTTP at `git_url`, as the hub sees it."""

    url: str
    git_url: str
    repositories: Path
    data: Path | None = None  # None where the processes can't be reached
    process: subprocess.Popen[bytes] | None = None
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=60)

    def call(self, method: str, path: str, *, expect: int = 200, body: Any = None) -> Any:
        """Ask and insist on the status; the answer's JSON, or None."""
        answer = self.client.request(method, path, json=body)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def create_project(self, name: str, repo_url: str, **fields: str) -> int:
        body = {"name": name, "repo_url": repo_url, **fields}
        return self.call("POST", "/api/projects", expect=201, body=body)["id"]

    def sync(self, project_id: int, seconds: float = 180) -> dict[str, Any]:
        """Sync all sources of a project that has one, and wait for the end of the run."""
        answer = self.call("POST", f"/api/projects/{project_id}/sync", expect=202)
        return self.wait_for_sync(answer["syncs"][0]["id"], seconds)

    def wait_for_sync(self, sync_id: str, seconds: float = 180) -> dict[str, Any]:
        return wait_until(
            lambda: self.call("GET", f"/api/syncs/{sync_id}"),
            lambda run: run["status"] not in ("queued", "running"),
            seconds,
        )

    def documents(self, project_id: int) -> dict[str, str]:
        """{path: blob id} of everything the hub lists."""
        found: dict[str, str] = {}
        cursor = ""
        while cursor is not None:
            page = self.call("GET", f"/api/projects/{project_id}/documents?limit=200{cursor}")
            found |= {item["path"]: item["blob_sha"] for item in page["items"]}
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        return found

    def search(self, project_id: int, query: str, **fields: Any) -> list[dict[str, Any]]:
        answer = self.call("POST", f"/api/projects/{project_id}/search", body={"query": query, **fields})
        return answer["results"]

    def ask(self, project_id: int, question: str) -> dict[str, Any]:
        conversation = self.call("POST", f"/api/projects/{project_id}/conversations", expect=201, body={})
        path = f"/api/conversations/{conversation['id']}/messages"
        return self.call("POST", path, expect=201, body={"content": question})["assistant_message"]


def wait_until(read: Callable[[], Any], done: Callable[[Any], bool], seconds: float) -> Any:
    """Read until it is as wanted; fails with the last reading."""
    deadline = time.monotonic() + seconds
    while True:
        value = read()
        if done(value):
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {value}"
        time.sleep(0.1)  # between two readings of a condition with a deadline


class Repository:
    """A git repository with a work tree, and its bare twin that the hub fetches from."""

    def __init__(self, work: Path, bare: Path) -> None:
        self.work, self.bare = work, bare
        work.mkdir()
        self.git("init", "-q", "-b", "main")
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
        self.git("remote", "add", "origin", str(bare))

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        command = ["git", "-C", str(self.work), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for path, content in files.items():
            target = self.work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def push(self, message: str = "change") -> str:
        """Commit everything and push; returns the commit id."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "--force", "origin", "HEAD")
        return self.git("rev-parse", "HEAD").strip()

    def tree(self) -> dict[str, str]:
        """{path: blob id} of the commit at hand."""
        lines = self.git("ls-tree", "-r", "-z", "HEAD").split("\0")
        entries = [line.split("\t", 1) for line in lines if line]
        return {path: meta.split()[2] for meta, path in entries}


def start_embedded(stack: ExitStack, folder: Path, repositories: Path) -> Hub:
    server = GitServer(repositories)
    server.start()
    stack.callback(server.stop)
    data = folder / "data"
    port = free_ports(5)
    process = start_process(data, port)
    stack.callback(stop_process, process)
    return opened(stack, Hub(f"http://127.0.0.1:{port}", server.url, repositories, data, process))


def start_process(data: Path, port: int, *more: str) -> subprocess.Popen[bytes]:
    """`bmadflow up`, waited for until it says that it is ready."""
    command = [str(Path(sys.executable).with_name("bmadflow")), "up", "--data", str(data), "--port", str(port), *more]
    output = data.parent / f"up-{port}.log"
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT, env=quiet_environment())
    ready = f"BMADFlow is ready at http://127.0.0.1:{port}"
    wait_until(
        lambda: (process.poll(), output.read_text()),
        lambda seen: seen[0] is not None or ready in seen[1],
        START_SECONDS,
    )
    assert process.poll() is None, output.read_text()
    return process


def stop_process(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def quiet_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("BMADFLOW_")}


def free_ports(count: int) -> int:
    """The first of `count` neighbouring ports that are free, and that nobody else is given while this process lives.

    Nobody who asks here, that is: a hub binds its ports seconds later, and another's tests may start one meanwhile.
    """
    assert count <= _BLOCK
    for start in range(21000, 29000, _BLOCK):
        with ExitStack() as stack:
            try:
                lock = stack.enter_context((Path(tempfile.gettempdir()) / f"bmadflow-ports-{start}.lock").open("w"))
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for port in range(start, start + count):
                    with socket.socket() as probe:
                        probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            _HELD.append(stack.pop_all())
            return start
    raise AssertionError("no free ports")


def start_compose(stack: ExitStack, folder: Path, repositories: Path) -> Hub:
    compose = ComposeHub(ROOT, folder, repositories)
    stack.callback(compose.stop)
    compose.start()
    return opened(stack, Hub(compose.url, compose.git_url, repositories))


def opened(stack: ExitStack, hub: Hub) -> Hub:
    """The hub, whose client is closed with the stack."""
    stack.callback(hub.client.close)
    return hub


def events_of(hub: Hub, path: str, *, last_event_id: str | None = None) -> Iterator[tuple[str, Any]]:
    """The events of a stream as (event, data), until it ends or the caller stops reading."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    with hub.client.stream("GET", path, headers=headers) as answer:
        event = ""
        for line in answer.iter_lines():
            if line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("data:"):
                yield event, json.loads(line[5:])
