"""The compose stack under test: built, started, and a git server beside it, through the Docker SDK."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import docker
import httpx
from docker.models.containers import Container

from common.testing import git_server

_UP_SECONDS = 900
_HEALTHY_SECONDS = 120
_IMAGE = "bmadflow:latest"


class ComposeHub:
    """`docker compose up` of the checkout at `root`, with fresh secrets and volumes of its own."""

    def __init__(self, root: Path, folder: Path, repositories: Path) -> None:
        self._root, self._folder, self._repositories = root, folder, repositories
        self._name = f"bmadflow-test-{os.getpid()}"
        self._docker = docker.from_env()
        self._git: Container | None = None
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.git_url = "http://git:8080"

    def start(self) -> None:
        """Raises CalledProcessError with the tool's output when the stack doesn't come up healthy."""
        self._compose("build", "-q")
        self._compose("up", "-d")
        self._git = self._docker.containers.run(
            _IMAGE,
            ["python3", "/git_server.py", "/repositories", "8080"],
            name=f"{self._name}-git",
            detach=True,
            network=f"{self._name}_default",
            hostname="git",
            volumes={
                str(self._repositories): {"bind": "/repositories", "mode": "ro"},
                git_server.__file__: {"bind": "/git_server.py", "mode": "ro"},
            },
        )
        self._docker.networks.get(f"{self._name}_default").disconnect(self._git)
        self._docker.networks.get(f"{self._name}_default").connect(self._git, aliases=["git"])
        state = "git isn't served yet"
        deadline = time.monotonic() + _HEALTHY_SECONDS
        while not (self._serves_git() and (state := self._health()).startswith('{"status":"ok"')):
            assert time.monotonic() < deadline, f"{state}\n{self._compose('ps')}"
            time.sleep(0.5)  # between two readings of a condition with a deadline

    def _serves_git(self) -> bool:
        assert self._git is not None
        probe = "import socket; socket.create_connection(('127.0.0.1', 8080), 2)"
        return self._git.exec_run(["python3", "-c", probe]).exit_code == 0

    def _health(self) -> str:
        try:
            return httpx.get(f"{self.url}/api/health", timeout=10).text
        except httpx.HTTPError as error:
            return repr(error)

    def stop(self) -> None:
        """Remove the containers, the network and the volumes."""
        if self._git is not None:
            self._git.remove(force=True)
        self._compose("down", "--volumes", "--timeout", "5")
        self._docker.close()

    def container(self, service: str) -> Container:
        """The container of a service of docker-compose.yml."""
        filters: dict[str, str | list[str] | bool] = {
            "label": [f"com.docker.compose.project={self._name}", f"com.docker.compose.service={service}"]
        }
        return self._docker.containers.list(filters=filters)[0]

    def _compose(self, *arguments: str) -> str:
        # The plugin where there is one; the stand-alone 1.29 reads the same file.
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        command = (
            ["docker", "compose"] if plugin.returncode == 0 else [shutil.which("docker-compose") or "docker-compose"]
        )
        done = subprocess.run(
            [*command, "-p", self._name, "--env-file", str(self._secrets()), *arguments],
            cwd=self._root,
            env={**os.environ, "BMADFLOW_PORT": str(self._port), "DOCUMENTS_ALLOWED_NETWORKS": '["git"]'},
            capture_output=True,
            text=True,
            timeout=_UP_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout[-3000:]}{done.stderr[-3000:]}{self._logs()}"
        return done.stdout

    def _logs(self) -> str:
        """The last lines of what has ended already."""
        filters: dict[str, str | list[str] | bool] = {
            "label": f"com.docker.compose.project={self._name}",
            "status": "exited",
        }
        ended = self._docker.containers.list(all=True, filters=filters)
        return "".join(f"\n{container.name}: {container.logs(tail=15).decode()}" for container in ended)

    def _secrets(self) -> Path:
        """The environment file, made with the project's own command."""
        path = self._folder / "compose.env"
        if not path.exists():
            command = [str(Path(sys.executable).with_name("bmadflow")), "compose-env"]
            made = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            path.write_text(made)
            path.chmod(0o600)
        return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
