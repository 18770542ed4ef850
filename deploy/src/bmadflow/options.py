"""What `bmadflow up` was asked to do."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

SERVICES = ("projects", "documents", "chat", "gateway")
WORKER = "documents-worker"
LISTENING = ("gateway", "projects", "documents", "chat", WORKER)  # in the order of their ports
DEFAULT_PORT = 8000
BROKER_VARIABLE = "BMADFLOW_RABBITMQ_URL"
"""Where it is set, events travel over that RabbitMQ instead of through Postgres."""


@dataclass(frozen=True)
class Options:
    """`projects` are (name, URL or path) pairs to register; the programs listen on `port` and the four after it."""

    data: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    projects: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    def port_of(self, program: str) -> int:
        """The gateway has the port that was asked for, the others follow it."""
        return self.port + LISTENING.index(program)

    def host_of(self, program: str) -> str:
        """Only the gateway listens where it was asked to."""
        return self.host if program == "gateway" else "127.0.0.1"

    def to_json(self) -> str:
        return json.dumps(asdict(self) | {"data": str(self.data)})

    @classmethod
    def from_json(cls, text: str) -> "Options":
        fields = json.loads(text)
        projects = tuple((name, location) for name, location in fields["projects"])
        return cls(Path(fields["data"]), fields["host"], fields["port"], projects)


def default_data_folder() -> Path:
    """BMADFLOW_DATA, else the place where the XDG convention keeps an application's data."""
    chosen = os.environ.get("BMADFLOW_DATA")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "bmadflow"
