"""The secrets of an embedded BMADFlow: made once, kept in `secrets.json` (0600) of the data folder.

A file of an older version is completed; what it holds stays.
"""

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bmadflow.options import SERVICES
from bmadflow.refusal import Refused

# In a process of its own: the library behind it needs much memory, which the supervisor would keep for ever.
_GENERATE = """
import json
from common.identity import generate_key_pair
from common.sealing import generate_key
private, public = generate_key_pair()
print(json.dumps({"identity_private_key": private, "identity_public_key": public, "sealing_keys": generate_key()}))
"""


@dataclass(frozen=True, repr=False)
class Secrets:
    """Identity keys are JWK texts, `sealing_keys` is `id:base64,…` with the one that seals first (common.sealing);
    `passwords` are those of the services' database roles."""

    identity_private_key: str
    identity_public_key: str
    sealing_keys: str
    passwords: dict[str, str]


def load_or_create_secrets(path: Path) -> Secrets:
    """Read the secrets; make those that are missing. Raises Refused for a file that can't be understood."""
    made: dict[str, Any] = {"passwords": {service: secrets.token_urlsafe(32) for service in SERVICES}}
    kept = _read(path) if path.exists() else made
    if len(kept) < len(fields(Secrets)):
        kept = _generated() | kept
        _write(path, json.dumps(kept, indent=1))
    return Secrets(**kept)


def _read(path: Path) -> dict[str, Any]:
    """What the file holds; sealing keys came later than the rest, so only they may be missing."""
    try:
        kept: dict[str, Any] = json.loads(path.read_text())
        complete: dict[str, Any] = {"sealing_keys": ""} | kept
        Secrets(**complete)
    except (ValueError, TypeError) as error:
        raise Refused(f"The file {path} is damaged: put it back from a backup.") from error
    return kept


def _generated() -> dict[str, Any]:
    answer = subprocess.run([sys.executable, "-c", _GENERATE], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return json.loads(answer.stdout)


def _write(path: Path, text: str) -> None:
    """All or nothing, and never readable by others."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
