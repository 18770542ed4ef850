"""Deliveries of git hosts: who made them, and which push they tell of. Pure.

GitHub and Gitea: https://docs.github.com/webhooks, https://docs.gitea.com/usage/webhooks; Bitbucket Cloud and Data
Center: X-Hub-Signature; GitLab: the secret itself in X-Gitlab-Token.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import parse_qs

Host = Literal["github", "gitea", "gitlab", "bitbucket"]
Headers = Mapping[str, str]
"""By lower-case name."""

# The bodies of the first three are signed; GitLab only shows that it knows the secret.
_SIGNATURES: tuple[tuple[Host, str, str], ...] = (
    ("gitea", "x-gitea-signature", ""),
    ("github", "x-hub-signature-256", "sha256="),
    ("bitbucket", "x-hub-signature", "sha256="),
    ("gitlab", "x-gitlab-token", ""),
)
_EVENTS: dict[Host, tuple[str, frozenset[str]]] = {
    "gitea": ("x-gitea-event", frozenset({"push"})),
    "github": ("x-github-event", frozenset({"push"})),
    "gitlab": ("x-gitlab-event", frozenset({"Push Hook", "Tag Push Hook"})),
    "bitbucket": ("x-event-key", frozenset({"repo:push", "repo:refs_changed"})),
}
_FORM = "application/x-www-form-urlencoded"


class PayloadInvalid(Exception):
    """The delivery tells of a push, but not of which."""


@dataclass(frozen=True, slots=True)
class Push:
    """Refs (`refs/heads/main`) that have another commit now, and the repository's default branch if it was told."""

    refs: frozenset[str]
    default_branch: str | None

    def concerns(self, branch: str | None, known_default: str | None) -> bool:
        """Whether a source of this branch or tag has something new; None means the default branch."""
        if branch is not None and branch.startswith(("refs/heads/", "refs/tags/")):
            return branch in self.refs
        if branch is not None:
            return bool(self.refs & {f"refs/heads/{branch}", f"refs/tags/{branch}"})
        default = self.default_branch or known_default
        if default is not None:
            return f"refs/heads/{default}" in self.refs
        return any(ref.startswith("refs/heads/") for ref in self.refs)


def claims_proof(headers: Headers) -> bool:
    """Whether a delivery says at all that it was made with a secret: one that doesn't needn't be read."""
    return any(name in headers for _, name, _ in _SIGNATURES)


def verified_host(headers: Headers, body: bytes, secret: str) -> Host | None:
    """Which kind of host made this delivery with the secret; None if it wasn't made with it."""
    for host, name, prefix in _SIGNATURES:
        given = headers.get(name)
        if given is not None and given.startswith(prefix):
            expected = secret if host == "gitlab" else hmac.new(secret.encode(), body, sha256).hexdigest()
            proof = given.removeprefix(prefix)
            is_right = hmac.compare_digest(proof.encode("utf-8", "replace"), expected.encode())
            return host if is_right else None
    return None


def delivery_id(host: Host, headers: Headers, body: bytes) -> str:
    """What is the same for a message that is sent again.

    A host's own id isn't signed, so one who replays a message could change it: what is signed is remembered instead.
    GitLab signs nothing, and names each message by a key of its own.
    """
    own = headers.get("idempotency-key") if host == "gitlab" else None
    return f"{host}:{sha256(own.encode() if own else body).hexdigest()}"


def read_push(host: Host, headers: Headers, body: bytes) -> Push | None:
    """The push that a verified delivery tells of; None where it tells of something else. Raises PayloadInvalid."""
    name, pushes = _EVENTS[host]
    if headers.get(name) not in pushes:
        return None
    payload = _parse(headers.get("content-type", ""), body)
    refs = _bitbucket_refs(payload) if host == "bitbucket" else _refs(payload)
    return Push(frozenset(refs), _default_branch(payload))


def _parse(content_type: str, body: bytes) -> dict[str, Any]:
    try:
        if content_type.startswith(_FORM):  # GitHub's and Gitea's other format
            [text] = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=1)["payload"]
        else:
            text = body.decode()
        payload = json.loads(text)
    except (ValueError, KeyError, RecursionError) as error:
        raise PayloadInvalid from error
    if not isinstance(payload, dict):
        raise PayloadInvalid
    return payload


def _refs(payload: Mapping[str, Any]) -> list[str]:
    ref, after = payload.get("ref"), payload.get("after")
    if not isinstance(ref, str):
        raise PayloadInvalid
    is_deleted = payload.get("deleted") is True or (isinstance(after, str) and set(after) == {"0"})
    return [] if is_deleted else [ref]


def _bitbucket_refs(payload: Mapping[str, Any]) -> list[str]:
    try:
        if "push" in payload:
            return [_cloud_ref(change["new"]) for change in payload["push"]["changes"] if change["new"]]
        return [str(change["ref"]["id"]) for change in payload["changes"] if change["type"] != "DELETE"]
    except (KeyError, TypeError) as error:
        raise PayloadInvalid from error


def _cloud_ref(new: Mapping[str, Any]) -> str:
    return f"refs/{'tags' if new['type'] == 'tag' else 'heads'}/{new['name']}"


def _default_branch(payload: Mapping[str, Any]) -> str | None:
    for name in ("repository", "project"):  # GitLab has both, and tells it in the second
        described = payload.get(name)
        found = described.get("default_branch") if isinstance(described, dict) else None
        if isinstance(found, str) and found:
            return found
    return None
