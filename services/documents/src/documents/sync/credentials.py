"""What opens a private repository: kept sealed by projects, lent to a worker for one fetch, never stored here."""

import dataclasses
import json
from base64 import b64encode
from urllib.parse import urlsplit

import structlog

from common.http_client import ServiceClient, ServiceUnavailable
from common.sealing import SealBroken, SealingKeys
from documents.sync.errors import SyncError
from documents.sync.network import Remote

log = structlog.get_logger(__name__)

# GitHub, GitLab and Gitea take any user name beside a token; Bitbucket wants this one.
_USER_OF_TOKEN = "x-token-auth"  # noqa: S105 - a user name
_PORTS = {"http": 80, "https": 443, "ssh": 22}


class Credentials:
    """Lends the credentials of sources. `keys` are those that projects seals with; without any, none can be opened."""

    def __init__(self, projects: ServiceClient | None = None, keys: SealingKeys | None = None) -> None:
        self._projects = projects
        self._keys = keys

    async def close(self) -> None:
        if self._projects:
            await self._projects.close()

    async def lend(self, remote: Remote, source_id: int) -> Remote:
        """`remote` with the credential of its source, if there is one.

        Raises SyncError (CREDENTIAL_UNREADABLE, CREDENTIAL_UNAVAILABLE), and ServiceUnavailable when projects doesn't
        answer or knows another address: then its event is on its way.
        """
        if self._keys is None or self._projects is None:
            raise _unreadable()
        place = f"credential:{source_id}"
        proof = {"Authorization": f"Bearer {self._keys.proof(place)}"}
        answer = await self._projects.request("GET", f"/internal/sources/{source_id}/credential", headers=proof)
        if answer.status_code == 404:
            return remote  # removed a moment ago
        if answer.status_code in (401, 403):
            log.warning("credential.refused", source_id=source_id, status=answer.status_code)
            raise _unreadable()
        if answer.status_code != 200:
            log.warning("credential.not_lent", source_id=source_id, status=answer.status_code)
            raise unavailable(f"answered {answer.status_code}")
        try:
            lent = answer.json()
            # It is for the server that its owner named, and our copy of the address may be older than it.
            if _origin(lent["repo_url"]) != (remote.protocol, remote.host.lower(), remote.port):
                raise ServiceUnavailable(self._projects.service, "knows another address of the source")
            return with_credential(remote, json.loads(self._keys.open(lent["sealed"], f"projects.source.{place}")))
        except SealBroken as error:
            log.warning("credential.unreadable", source_id=source_id, reason=str(error))
            raise _unreadable() from error
        except (ValueError, TypeError, KeyError):
            # Not chained: the message of a parser may quote what it couldn't read.
            raise _unreadable() from None


def with_credential(remote: Remote, credential: dict[str, str]) -> Remote:
    """`remote`, opened by a credential in the form that projects seals. One that doesn't fit the address is left out.

    Raises KeyError when a field is missing.
    """
    if credential["kind"] == "ssh_key":
        return dataclasses.replace(remote, ssh_key=credential["private_key"]) if remote.protocol == "ssh" else remote
    if remote.protocol not in ("http", "https"):
        return remote
    is_token = credential["kind"] == "token"
    user = credential.get("username") or (_USER_OF_TOKEN if is_token else "")
    pair = f"{user}:{credential['token' if is_token else 'password']}"
    return dataclasses.replace(remote, authorization=f"Authorization: Basic {b64encode(pair.encode()).decode()}")


def unavailable(reason: str) -> SyncError:
    """Why a sync fails when projects lends nothing; `reason` completes “the projects service …”."""
    return SyncError(
        "CREDENTIAL_UNAVAILABLE",
        f"The credential that is stored for this source could not be had: the projects service {reason}. Sync again"
        " later; if that doesn't help, ask the operator to look at the logs of the projects and documents services.",
    )


def _origin(repo_url: str) -> tuple[str, str, int]:
    """Protocol, host and port, as a Remote has them. Raises ValueError."""
    if repo_url.startswith("/") or repo_url.lower().startswith("file:"):
        return ("file", "", 0)
    # The form user@host:path is ssh's.
    parts = urlsplit(repo_url if "://" in repo_url else f"ssh://{repo_url.replace(':', '/', 1)}")
    return (parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0))


def _unreadable() -> SyncError:
    return SyncError(
        "CREDENTIAL_UNREADABLE",
        "The credential that is stored for this source can't be read here: its sealing key is missing or was taken"
        " away. Enter the credential again in the source's settings, or ask the operator to give the projects and"
        " documents services the same sealing keys, old ones included.",
    )
