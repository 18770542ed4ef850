"""What an embedded BMADFlow consists of: its programs, their environments, and who knows which secret."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from bmadflow.child import Child
from bmadflow.keys import Secrets
from bmadflow.options import BROKER_VARIABLE, SERVICES, WORKER, Options
from common.postgres_server import PostgresServer

DATABASE = "bmadflow"
MIGRATED = ("projects", "documents", "chat")


class EmbeddedPostgres(PostgresServer):
    """The database, by the name that the supervisor shows."""

    name = "postgres"


class Stack:
    """Makes the children; starts none."""

    def __init__(self, options: Options, secrets: Secrets, postgres: PostgresServer) -> None:
        self._options = options
        self._secrets = secrets
        self._postgres = postgres

    def migrations(self) -> list[Child]:
        """Brings the schemas up to date; they may run side by side."""
        return [
            self._child(f"{service}-migrate", [sys.executable, "-m", f"{service}.migrate"], self._environment(service))
            for service in MIGRATED
        ]

    def services(self) -> list[Child]:
        """In the order of their start: the gateway last, so that it is the first to stop."""
        return [
            self._service("projects", self._sealing("projects")),
            self._service("documents"),
            self._worker(),
            self._service("chat"),
            # By its own program, which settles how much it believes of what clients say about themselves.
            self._child("gateway", [sys.executable, "-m", "gateway"], self._environment("gateway")),
        ]

    def _worker(self) -> Child:
        listening = {
            "DOCUMENTS_WORKER_HOST": self._options.host_of(WORKER),
            "DOCUMENTS_WORKER_PORT": str(self._options.port_of(WORKER)),
        }
        command = [sys.executable, "-m", "documents.worker"]
        return self._child(WORKER, command, self._environment("documents") | self._sealing("documents") | listening)

    def _sealing(self, service: str) -> dict[str, str]:
        """For the programs that seal and open credentials, and no other."""
        return {f"{service.upper()}_SEALING_KEYS": self._secrets.sealing_keys}

    def _service(self, service: str, more: Mapping[str, str] | None = None) -> Child:
        command = [sys.executable, "-m", "uvicorn", "--factory", f"{service}.app:create_app_from_env"]
        command += ["--host", self._options.host_of(service), "--port", str(self._options.port_of(service))]
        command += ["--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "3"]
        # Longer than a client keeps an idle connection: else it would send into one that is just being closed.
        command += ["--timeout-keep-alive", "75"]
        return self._child(service, command, self._environment(service) | dict(more or {}))

    def _child(self, name: str, command: list[str], environment: dict[str, str]) -> Child:
        return Child(name, command, environment, self._options.logs / f"{name}.log")

    def _environment(self, service: str) -> dict[str, str]:
        prefix = f"{service.upper()}_"
        operator = inherited_environment(prefix)
        return operator | {f"{prefix}{name}": value for name, value in self._settings(service, operator).items()}

    def _settings(self, service: str, operator: Mapping[str, str]) -> dict[str, str]:
        """The service's settings without their prefix; only its own secrets are among them."""
        if service == "gateway":
            own = {"IDENTITY_PRIVATE_KEY": self._secrets.identity_private_key, "HOST": self._options.host}
            own |= {"PORT": str(self._options.port), "CONTRACTS_DIR": str(self._options.data / "contracts")}
            if folder := web_client():
                own["WEB_DIR"] = str(folder)
            return {"EMBEDDED": "true"} | own | {f"{other.upper()}_URL": self._url(other) for other in MIGRATED}
        settings = {
            "DATABASE_URL": self._postgres.url(f"bmadflow_{service}", self._secrets.passwords[service], DATABASE),
            "IDENTITY_PUBLIC_KEY": self._secrets.identity_public_key,
        } | _transport()
        if service == "documents":
            local_sources = operator.get("BMADFLOW_ALLOW_LOCAL_SOURCES") or "true"
            settings["PROJECTS_URL"] = self._url("projects")
            settings |= {"ALLOW_LOCAL_SOURCES": local_sources, "DATA_DIR": str(self._options.data / "documents")}
        if service == "chat":
            settings["DOCUMENTS_URL"] = self._url("documents")
        return settings

    def _url(self, service: str) -> str:
        return f"http://127.0.0.1:{self._options.port_of(service)}"


def inherited_environment(prefix: str) -> dict[str, str]:
    """Our environment without what may hold secrets of others: of Postgres, the broker, the other services."""
    others = [f"{service.upper()}_" for service in SERVICES if f"{service.upper()}_" != prefix]
    foreign = ("PG", BROKER_VARIABLE, *others)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    # glibc gives every thread a heap of its own by default; two are enough and save tens of megabytes.
    return {"MALLOC_ARENA_MAX": "2"} | kept | {"PYTHONUNBUFFERED": "1"}


def _transport() -> dict[str, str]:
    """How events travel: over the operator's broker where one is named, else through Postgres."""
    broker = os.environ.get(BROKER_VARIABLE)
    return {"TRANSPORT": "rabbitmq", "RABBITMQ_URL": broker} if broker else {"TRANSPORT": "postgres"}


def checkout() -> Path:
    """The folder of this repository, which the launcher is installed from."""
    return Path(__file__).resolve().parents[3]


def web_client() -> Path | None:
    """The folder of the built web client, the operator's choice or the checkout's; None where none is built."""
    folder = Path(os.environ.get("GATEWAY_WEB_DIR") or checkout() / "frontend" / "dist")
    return folder if (folder / "index.html").is_file() else None
