"""Webhooks: four kinds of hosts, and those who pretend to be one."""

import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from projects.repository import SourceRepository
from projects.webhooks import PayloadInvalid, Push, read_push

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
HOSTS = ("github", "gitea", "gitlab", "bitbucket")
ZERO, OLD, NEW = "0" * 40, "a" * 40, "b" * 40
REFUSED = (401, "WEBHOOK_SIGNATURE_INVALID")
PUSHED = "Sync started"
OTHER_BRANCH = "Nothing to sync: the push is not to the source's branch."
OTHER_EVENT = "Nothing to sync: this is not a push."
REPEATED = "This push was taken in before."


def pushed(host: str, ref: str = "refs/heads/main", after: str = NEW) -> dict[str, Any]:
    """The part of each host's payload that says what was pushed, as their documentation shows it."""
    kind, _, name = ref.removeprefix("refs/").partition("/")
    if host == "bitbucket":
        target = {"type": "branch" if kind == "heads" else "tag", "name": name, "target": {"hash": after}}
        change = {"old": None, "new": None if after == ZERO else target, "created": False, "forced": False}
        return {"actor": {"display_name": "Anne"}, "push": {"changes": [change]}, "repository": {"name": "shop"}}
    payload = {"ref": ref, "before": OLD, "after": after, "commits": [{"id": after, "message": "A change"}]}
    if host == "gitlab":
        return payload | {"object_kind": "push", "project": {"id": 1}, "repository": {"name": "shop"}}
    return payload | {"deleted": after == ZERO, "repository": {"full_name": "acme/shop"}}


def signed(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def headers_of(host: str, secret: str, body: bytes, *, event: str | None = None, delivery: str = "1") -> dict[str, str]:
    """The headers that tell who, what and which delivery; Gitea and GitHub also send what others look for."""
    signature = signed(secret, body)
    sha1 = f"sha1={hmac.new(secret.encode(), body, 'sha1').hexdigest()}"
    match host:
        case "github":
            return {
                "User-Agent": "GitHub-Hookshot/044aadd",
                "X-GitHub-Delivery": delivery,
                "X-GitHub-Event": event or "push",
                "X-Hub-Signature": sha1,
                "X-Hub-Signature-256": f"sha256={signature}",
            }
        case "gitea":
            return {
                "X-Gitea-Delivery": delivery,
                "X-Gitea-Event": event or "push",
                "X-Gitea-Signature": signature,
                "X-GitHub-Delivery": delivery,
                "X-GitHub-Event": event or "push",
                "X-Hub-Signature": sha1,
                "X-Hub-Signature-256": f"sha256={signature}",
            }
        case "gitlab":
            return {"X-Gitlab-Event": event or "Push Hook", "Idempotency-Key": delivery, "X-Gitlab-Token": secret}
        case _:
            return {
                "X-Event-Key": event or "repo:push",
                "X-Request-UUID": delivery,
                "X-Attempt-Number": "1",
                "X-Hub-Signature": f"sha256={signature}",
            }


@pytest.fixture
async def host(app: FastAPI, client: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without an identity."""
    assert client.base_url
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://projects") as client:
        yield client


@pytest.fixture
async def secret(client: httpx.AsyncClient, create_project: CreateProject) -> str:
    await create_project(branch="main")
    return (await client.post("/api/sources/1/webhook")).json()["secret"]


async def deliver(
    host: httpx.AsyncClient, kind: str, secret: str, payload: Any = None, source_id: int = 1, **options: str
) -> httpx.Response:
    body = json.dumps(pushed(kind) if payload is None else payload).encode()
    headers = {"Content-Type": "application/json"} | headers_of(kind, secret, body, **options)
    return await host.post(f"/api/webhooks/git/{source_id}", content=body, headers=headers)


async def runs(client: httpx.AsyncClient) -> list[tuple[str, str]]:
    items = (await client.get("/api/projects/1/syncs")).json()["items"]
    return [(run["id"], run["trigger"]) for run in items]


async def cancelled(client: httpx.AsyncClient, app: FastAPI) -> None:
    """So that the next request isn't joined to a run that waits."""
    async with app.state.database.transaction() as session:
        await session.execute(text("UPDATE sync_run SET status = 'cancelled', finished_at = now()"))


async def test_a_webhook_is_made_renewed_and_removed(client: httpx.AsyncClient, create_project: CreateProject) -> None:
    await create_project()
    first, second = [await client.post("/api/sources/1/webhook") for _ in range(2)]
    assert (first.status_code, first.json()["path"]) == (201, "/api/webhooks/git/1")
    assert len(first.json()["secret"]) >= 40
    assert first.json()["secret"] != second.json()["secret"]
    assert (await client.get("/api/sources/1")).json()["has_webhook"] is True
    assert (await client.delete("/api/sources/1/webhook")).status_code == 204
    assert (await client.delete("/api/sources/1/webhook")).status_code == 204
    assert (await client.get("/api/sources/1")).json()["has_webhook"] is False
    for verb in ("POST", "DELETE"):
        assert (await client.request(verb, "/api/sources/9/webhook")).status_code == 404


@pytest.mark.parametrize("kind", HOSTS)
async def test_a_push_is_synced_once(
    kind: str, client: httpx.AsyncClient, host: httpx.AsyncClient, app: FastAPI, secret: str
) -> None:
    answer = await deliver(host, kind, secret)
    [(sync_id, trigger)] = await runs(client)
    assert (answer.status_code, answer.json()) == (202, {"message": PUSHED, "sync_id": sync_id})
    assert trigger == "webhook"
    await cancelled(client, app)
    again = await deliver(host, kind, secret)
    assert (again.status_code, again.json()) == (202, {"message": REPEATED, "sync_id": None})
    assert len(await runs(client)) == 1
    next_push = await deliver(host, kind, secret, pushed(kind, after="c" * 40), delivery="2")
    assert next_push.json()["message"] == PUSHED
    assert len(await runs(client)) == 2


@pytest.mark.parametrize("kind", ["github", "gitea", "bitbucket"])
async def test_a_replay_under_another_id_has_no_effect(
    kind: str, client: httpx.AsyncClient, host: httpx.AsyncClient, app: FastAPI, secret: str
) -> None:
    await deliver(host, kind, secret)
    await cancelled(client, app)
    replayed = await deliver(host, kind, secret, delivery="of an attacker's choice")
    assert replayed.json()["message"] == REPEATED
    assert len(await runs(client)) == 1


async def test_a_push_that_looks_like_one_of_long_ago_is_synced(
    client: httpx.AsyncClient, host: httpx.AsyncClient, app: FastAPI, secret: str
) -> None:
    await deliver(host, "bitbucket", secret)
    await cancelled(client, app)
    async with app.state.database.transaction() as session:
        await session.execute(text("UPDATE webhook_delivery SET received_at = now() - interval '61 minutes'"))
    assert (await deliver(host, "bitbucket", secret)).json()["message"] == PUSHED
    await cancelled(client, app)
    assert (await deliver(host, "bitbucket", secret)).json()["message"] == REPEATED
    async with app.state.database.transaction() as session:
        await session.execute(text("UPDATE webhook_delivery SET received_at = now() - interval '61 minutes'"))
        await SourceRepository(session).forget_deliveries()
        assert await session.scalar(text("SELECT count(*) FROM webhook_delivery")) == 0


def test_a_branch_may_be_given_as_a_full_ref() -> None:
    push = Push(frozenset({"refs/heads/main"}), None)
    assert push.concerns("refs/heads/main", None)
    assert not push.concerns("refs/heads/heads/main", None)
    assert not push.concerns("refs/tags/main", None)


@pytest.mark.parametrize("kind", HOSTS)
async def test_only_the_sources_branch_or_tag_matters(
    kind: str, client: httpx.AsyncClient, host: httpx.AsyncClient, secret: str
) -> None:
    for ref, after in (
        ("refs/heads/other", NEW),
        ("refs/heads/feature/main", NEW),
        ("refs/tags/v1", NEW),
        ("refs/heads/main", ZERO),
    ):
        answer = await deliver(host, kind, secret, pushed(kind, ref, after), delivery=ref + after)
        assert (answer.status_code, answer.json()) == (202, {"message": OTHER_BRANCH, "sync_id": None})
    assert await runs(client) == []
    await client.patch("/api/sources/1", json={"branch": "v1"})
    answer = await deliver(host, kind, secret, pushed(kind, "refs/tags/v1"), delivery="later")
    assert answer.json()["message"] == PUSHED


@pytest.mark.parametrize(
    ("kind", "event"),
    [("github", "ping"), ("gitea", "issues"), ("gitlab", "Merge Request Hook"), ("bitbucket", "diagnostics:ping")],
)
async def test_what_is_no_push_is_taken_and_ignored(
    kind: str, event: str, client: httpx.AsyncClient, host: httpx.AsyncClient, secret: str
) -> None:
    answer = await deliver(host, kind, secret, {"zen": "Keep it logically awesome."}, event=event)
    assert (answer.status_code, answer.json()) == (202, {"message": OTHER_EVENT, "sync_id": None})
    assert await runs(client) == []


@pytest.mark.parametrize("kind", HOSTS)
async def test_a_stranger_learns_nothing(
    kind: str, client: httpx.AsyncClient, host: httpx.AsyncClient, create_project: CreateProject, secret: str
) -> None:
    await create_project("another", branch="main")
    others = (await client.post("/api/sources/2/webhook")).json()["secret"]
    body = json.dumps(pushed(kind)).encode()
    right = headers_of(kind, secret, body)
    proofs = ("X-Gitea-Signature", "X-Hub-Signature-256", "X-Hub-Signature", "X-Gitlab-Token")
    bare = {name: value for name, value in right.items() if name not in proofs}
    [proof] = [name for name in proofs if name in right][:1]
    if kind == "github":
        proof = "X-Hub-Signature-256"
    attempts: list[tuple[int, Mapping[str, str], bytes]] = [
        (1, bare, body),
        (1, headers_of(kind, others, body), body),
        (1, headers_of(kind, "", body), body),
        (1, bare | {proof: ""}, body),
        (1, bare | {proof: right[proof][:-1]}, body),
        (1, bare | {proof: right[proof].upper()}, body),
        (1, bare | {"X-Hub-Signature": f"sha1={hmac.new(secret.encode(), body, 'sha1').hexdigest()}"}, body),
        (2, right, body),
        (99, right, body),
    ]
    if kind != "gitlab":
        attempts.append((1, right, body + b" "))
    details: set[str] = set()
    for source_id, headers, content in attempts:
        answer = await host.post(f"/api/webhooks/git/{source_id}", content=content, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == REFUSED, headers
        details.add(answer.json()["detail"])
    await client.delete("/api/sources/1/webhook")
    answer = await deliver(host, kind, secret)
    assert (answer.status_code, answer.json()["error_code"]) == REFUSED
    assert {answer.json()["detail"]} == details
    assert await runs(client) == []


async def test_a_proof_that_is_no_text_is_refused(host: httpx.AsyncClient, secret: str) -> None:
    assert secret
    for name in (b"X-Gitlab-Token", b"X-Hub-Signature-256", b"X-Gitea-Signature", b"X-Hub-Signature"):
        answer = await host.post("/api/webhooks/git/1", content=b"{}", headers={name: b"sha256=\xff\xe9"})
        assert answer.status_code == 401


async def test_a_new_secret_voids_the_one_before(
    client: httpx.AsyncClient, host: httpx.AsyncClient, secret: str
) -> None:
    await deliver(host, "github", secret)
    new = (await client.post("/api/sources/1/webhook")).json()["secret"]
    assert (await deliver(host, "github", secret)).status_code == 401
    assert (await deliver(host, "github", new)).json()["message"] == PUSHED


@pytest.mark.parametrize("told", [None, "trunk"])
async def test_without_a_branch_the_default_one_counts(
    told: str | None, client: httpx.AsyncClient, host: httpx.AsyncClient, app: FastAPI, create_project: CreateProject
) -> None:
    await create_project()
    secret = (await client.post("/api/sources/1/webhook")).json()["secret"]

    async def push(ref: str, delivery: str) -> str:
        payload = pushed("github", ref)
        payload["repository"] |= {"default_branch": told, "pushed_at": delivery}
        return (await deliver(host, "github", secret, payload)).json()["message"]

    assert await push("refs/tags/trunk", "1") == OTHER_BRANCH
    assert await push("refs/heads/any", "2") == (PUSHED if told is None else OTHER_BRANCH), "nobody knows it yet"
    async with app.state.database.transaction() as session:
        await session.execute(text("UPDATE source SET default_branch = 'main'"))
    assert await push("refs/heads/main", "3") == (PUSHED if told is None else OTHER_BRANCH)
    assert await push("refs/heads/trunk", "4") == (OTHER_BRANCH if told is None else PUSHED)


@pytest.mark.parametrize("kind", ["github", "gitea"])
async def test_a_payload_may_be_a_form(
    kind: str, client: httpx.AsyncClient, host: httpx.AsyncClient, secret: str
) -> None:
    body = urlencode({"payload": json.dumps(pushed(kind))}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers_of(kind, secret, body)
    answer = await host.post("/api/webhooks/git/1", content=body, headers=headers)
    assert answer.json()["message"] == PUSHED
    assert len(await runs(client)) == 1


def test_bitbucket_data_center_names_whole_refs() -> None:
    changes = [
        {"ref": {"id": "refs/heads/main", "displayId": "main", "type": "BRANCH"}, "type": "UPDATE"},
        {"ref": {"id": "refs/heads/gone", "displayId": "gone", "type": "BRANCH"}, "type": "DELETE"},
    ]
    body = json.dumps({"eventKey": "repo:refs_changed", "changes": changes}).encode()
    push = read_push("bitbucket", {"x-event-key": "repo:refs_changed"}, body)
    assert push == Push(frozenset({"refs/heads/main"}), None)


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"{}", b'{"ref": 7}', b'{"push": {"changes": [7]}}', b"\xff", b"[" * 100_000]
)
async def test_a_signed_push_that_cannot_be_read_is_told_to_the_host(
    kind: str, body: bytes, client: httpx.AsyncClient, host: httpx.AsyncClient, secret: str
) -> None:
    answer = await host.post("/api/webhooks/git/1", content=body, headers=headers_of(kind, secret, body))
    assert (answer.status_code, answer.json()["error_code"]) == (422, "WEBHOOK_PAYLOAD_INVALID")
    assert await runs(client) == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["ref", "push", "changes", "new", "type"]), inner),
    max_leaves=8,
)


@given(_JSON, st.sampled_from([("github", "x-github-event", "push"), ("bitbucket", "x-event-key", "repo:push")]))
def test_any_payload_is_read_or_refused(payload: Any, kind: tuple[Any, str, str]) -> None:
    try:
        push = read_push(kind[0], {kind[1]: kind[2]}, json.dumps(payload).encode())
    except PayloadInvalid:
        return
    assert isinstance(push, Push)


async def test_a_large_push_is_taken_and_one_too_large_refused(host: httpx.AsyncClient, secret: str) -> None:
    commits = [{"id": NEW, "message": "x" * 1000} for _ in range(4500)]
    large = await deliver(host, "github", secret, pushed("github") | {"commits": commits})
    assert large.json()["message"] == PUSHED
    assert int(large.request.headers["Content-Length"]) > 4_000_000
    commits *= 2
    answer = await deliver(host, "github", secret, pushed("github") | {"commits": commits})
    assert (answer.status_code, answer.json()["error_code"]) == (413, "WEBHOOK_TOO_LARGE")
