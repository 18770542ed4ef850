"""The secrets of an embedded BMADFlow: made once, kept in `secrets.json` (0600) of the data folder."""

import json
import os
import secrets
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from bmadflow.options import SERVICES
from bmadflow.refusal import Refused

# In a process of its own: the library behind it needs much memory, which the supervisor would keep for ever.
_GENERATE = "import json; from common.identity import generate_key_pair; print(json.dumps(generate_key_pair()))"


@dataclass(frozen=True)
class Secrets:
    """Keys are JWK texts; `passwords` are those of the services' database roles."""

    identity_private_key: str
    identity_public_key: str
    passwords: dict[str, str]


def load_or_create_secrets(path: Path) -> Secrets:
    """Read the secrets; make them if there is no file. Raises Refused for a file that can't be understood."""
    if path.exists():
        try:
            return Secrets(**json.loads(path.read_text()))
        except (ValueError, TypeError) as error:
            raise Refused(f"The file {path} is damaged: put it back from a backup.") from error
    answer = subprocess.run([sys.executable, "-c", _GENERATE], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    private, public = json.loads(answer.stdout)
    made = Secrets(private, public, {service: secrets.token_urlsafe(32) for service in SERVICES})
    _write(path, json.dumps(asdict(made), indent=1))
    return made


def _write(path: Path, text: str) -> None:
    """All or nothing, and never readable by others."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
