"""Credentials: what is taken, how it is kept, who gets it, and where it never shows."""

import base64
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import text

from common.database import Database
from common.sealing import SealBroken, SealingKeys
from projects import credentials
from projects.app import create_app
from projects.credentials import MAX_SECRET, Credential, fits, origin
from projects.errors import CredentialInvalid
from projects.settings import Settings

CreateProject = Callable[..., Awaitable[dict[str, Any]]]
ReadPublished = Callable[[], Awaitable[list[tuple[str, str, dict[str, Any]]]]]
CANARY = "ghp_Canary7f3a91"
SSH = "git@github.com:acme/shop.git"
OPENSSH = PrivateFormat.OpenSSH
ED25519 = ed25519.Ed25519PrivateKey.generate()


def pem(
    key: PrivateKeyTypes, form: PrivateFormat = OPENSSH, encryption: KeySerializationEncryption | None = None
) -> str:
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


async def content_of(given: Any) -> dict[str, str]:
    checked = TypeAdapter[Any](Credential).validate_python(given)
    return json.loads((await credentials.prepare(checked)).content)


async def stored(database: Database, keys: SealingKeys, source_id: int) -> dict[str, str] | None:
    async with database.transaction() as session:
        query = text("SELECT credential_sealed FROM source WHERE id = :id")
        sealed = (await session.execute(query, {"id": source_id})).scalar_one()
    return json.loads(keys.open(sealed, f"projects.source.credential:{source_id}")) if sealed else None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (CANARY, {"kind": "token", "username": "x-token-auth", "token": CANARY}),
        (f" {CANARY}\n", {"kind": "token", "username": "x-token-auth", "token": CANARY}),
        ({"kind": "token", "token": CANARY}, {"kind": "token", "username": "x-token-auth", "token": CANARY}),
        ({"kind": "token", "token": "t", "username": "u"}, {"kind": "token", "username": "u", "token": "t"}),
        (
            {"kind": "password", "username": "anne", "password": " a:b é "},
            {"kind": "password", "username": "anne", "password": " a:b é "},
        ),
    ],
)
async def test_every_form_is_kept_whole(given: Any, kept: dict[str, str]) -> None:
    assert await content_of(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        " \n",
        f"{CANARY}\nhost=evil.example",
        f"{CANARY}\x00",
        f"{CANARY}\ud800",
        CANARY + "x" * MAX_SECRET,
        7,
        [CANARY],
        {},
        {"kind": CANARY, "token": CANARY},
        {"kind": [CANARY]},
        {"kind": "token"},
        {"kind": "token", "token": {"a": CANARY}},
        {"kind": "token", "token": CANARY, "username": f"{CANARY}:x"},
        {"kind": "password", "username": f"{CANARY}\r\nx", "password": CANARY},
        {"kind": "password", "username": "u", "password": f"{CANARY}\n"},
        {"kind": "password", "username": "", "password": CANARY},
        {"kind": "ssh_key", "private_key": f"{CANARY}é"},
        {"kind": "ssh_key", "private_key": CANARY * 2000},
    ],
)
def test_what_no_git_server_could_want_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter[Any](Credential).validate_python(given)
    shown = json.dumps([(error["loc"], error["msg"]) for error in caught.value.errors()])
    assert CANARY not in shown


@pytest.mark.parametrize(
    "key",
    [ED25519, ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)],
    ids=["ed25519", "ecdsa", "rsa"],
)
@pytest.mark.parametrize("passphrase", [None, "open sesame"])
async def test_a_key_is_kept_in_openssh_form_without_its_passphrase(
    key: PrivateKeyTypes, passphrase: str | None
) -> None:
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    forms = [OPENSSH] if isinstance(key, ed25519.Ed25519PrivateKey) else [OPENSSH, PrivateFormat.TraditionalOpenSSL]
    for form in forms:
        written = pem(key, form, encryption).replace("\n", "\r\n").strip()
        given = {"kind": "ssh_key", "private_key": written, "passphrase": passphrase}
        kept = await content_of(given)
        assert kept.keys() == {"kind", "private_key"}
        assert kept["private_key"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
        opened = load_ssh_private_key(kept["private_key"].encode(), None)
        assert opened.public_key() == key.public_key()


def hard_to_open() -> str:
    """An OpenSSH key whose passphrase would have to be hashed for minutes."""
    encryption = OPENSSH.encryption_builder().kdf_rounds(16).build(b"pw")
    lines = pem(ED25519, OPENSSH, encryption).splitlines()
    data = bytearray(base64.b64decode("".join(lines[1:-1])))
    at = data.index(b"bcrypt") + len(b"bcrypt") + 4 + 4 + 16
    assert data[at : at + 4] == (16).to_bytes(4, "big")
    data[at : at + 4] = (2**31).to_bytes(4, "big")
    return f"{lines[0]}\n{base64.encodebytes(bytes(data)).decode()}{lines[-1]}\n"


@pytest.mark.parametrize(
    ("private_key", "passphrase", "word"),
    [
        ("nonsense", None, "can't be read"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", None, "can't be read"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n%%%\n-----END OPENSSH PRIVATE KEY-----", None, "can't be read"),
        (pem(ED25519)[:200], None, "can't be read"),
        (pem(ED25519) * 2, None, "can't be read"),
        (pem(ED25519, OPENSSH, BestAvailableEncryption(b"pw")), "wrong", "passphrase is wrong"),
        (pem(ED25519, OPENSSH, BestAvailableEncryption(b"pw")), None, "give its passphrase"),
        (pem(ED25519), "needless", "leave the passphrase out"),
        (pem(ED25519, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw")), "pw", "ssh-keygen -p"),
        (hard_to_open(), "pw", "ssh-keygen -p"),
        (pem(dsa.generate_private_key(1024), PrivateFormat.PKCS8), None, "RSA, ECDSA or Ed25519"),
    ],
)
async def test_a_key_that_cannot_be_used_is_refused_with_what_to_do(
    private_key: str, passphrase: str | None, word: str
) -> None:
    given = {"kind": "ssh_key", "private_key": private_key, "passphrase": passphrase}
    with pytest.raises(CredentialInvalid) as caught:
        await content_of(given)
    assert word in caught.value.detail


@pytest.mark.parametrize(
    ("repo_url", "expected"),
    [
        ("https://GitHub.com/a/b", ("https", "github.com", 443)),
        ("https://github.com:443/a", ("https", "github.com", 443)),
        ("https://github.com", ("https", "github.com", 443)),
        ("http://host:8080/a@b", ("http", "host", 8080)),
        ("http://[::1]:8080/a", ("http", "[::1]", 8080)),
        ("ssh://git@host/a", ("ssh", "host", 22)),
        ("ssh://host:2222/a", ("ssh", "host", 2222)),
        ("git@host:a/b.git", ("ssh", "host", 22)),
        ("git@host:22/b.git", ("ssh", "host", 22)),
        ("/srv/a@b:c", ("file", "", 0)),
        ("file:///srv/a", ("file", "", 0)),
    ],
)
def test_whom_a_credential_is_shown_to(repo_url: str, expected: tuple[str, str, int]) -> None:
    assert origin(repo_url) == expected
    assert fits("ssh_key", repo_url) is (expected[0] == "ssh")
    assert fits("token", repo_url) is fits("password", repo_url) is (expected[0] in {"http", "https"})


async def test_a_credential_comes_with_a_project_stays_and_goes(
    client: httpx.AsyncClient,
    create_project: CreateProject,
    database: Database,
    sealing_keys: SealingKeys,
    published: ReadPublished,
) -> None:
    await create_project(credential=CANARY)
    assert [data["has_credential"] for kind, _, data in await published() if "source" in kind] == [True]
    assert await stored(database, sealing_keys, 1) == {"kind": "token", "username": "x-token-auth", "token": CANARY}
    for payload in ({"name": "docs"}, {"repo_url": "https://github.com/acme/other.git"}):
        source = (await client.patch("/api/sources/1", json=payload)).json()
        assert (source["has_credential"], source["credential_kind"]) == (True, "token")
    await published()
    password = {"kind": "password", "username": "anne", "password": CANARY}
    source = (await client.patch("/api/sources/1", json={"credential": password})).json()
    assert source["credential_kind"] == "password"
    assert await stored(database, sealing_keys, 1) == password
    assert [kind for kind, _, _ in await published()] == [
        "projects.source.updated.v1",
        "projects.source.check_requested.v1",
    ]
    source = (await client.patch("/api/sources/1", json={"credential": None})).json()
    assert (source["has_credential"], source["credential_kind"]) == (False, None)
    assert await stored(database, sealing_keys, 1) is None
    assert [data.get("has_credential") for _, _, data in await published()] == [False, None]
    assert (await client.patch("/api/sources/1", json={"credential": None})).json() == source
    assert await published() == []


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/acme/shop.git", "https://github.com:8443/a", "http://github.com/a", SSH, "/srv/a"],
)
@pytest.mark.parametrize("path", ["/api/projects/1", "/api/sources/1"])
async def test_an_address_elsewhere_drops_it(
    elsewhere: str,
    path: str,
    client: httpx.AsyncClient,
    create_project: CreateProject,
    database: Database,
    sealing_keys: SealingKeys,
) -> None:
    await create_project(credential=CANARY)
    assert (await client.patch(path, json={"repo_url": elsewhere})).status_code == 200
    assert (await client.get("/api/sources/1")).json()["has_credential"] is False
    assert await stored(database, sealing_keys, 1) is None


async def test_an_address_elsewhere_may_bring_its_own(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database, sealing_keys: SealingKeys
) -> None:
    await create_project(credential=CANARY)
    key = {"kind": "ssh_key", "private_key": pem(ED25519)}
    moved = await client.patch("/api/sources/1", json={"repo_url": SSH, "credential": key})
    assert (moved.status_code, moved.json()["credential_kind"]) == (200, "ssh_key")
    kept = await stored(database, sealing_keys, 1)
    assert kept is not None
    assert load_ssh_private_key(kept["private_key"].encode(), None).public_key() == ED25519.public_key()


@pytest.mark.parametrize(
    ("repo_url", "credential"),
    [
        (SSH, CANARY),
        ("/srv/docs", CANARY),
        ("file:///srv/docs", {"kind": "password", "username": "u", "password": CANARY}),
        ("https://github.com/acme/shop", {"kind": "ssh_key", "private_key": pem(ED25519)}),
    ],
)
async def test_one_that_cannot_serve_the_address_is_refused(
    repo_url: str, credential: Any, client: httpx.AsyncClient, create_project: CreateProject, published: ReadPublished
) -> None:
    await create_project("other")
    await published()
    payload = {"name": "x", "repo_url": repo_url, "credential": credential}
    requests = (("POST", "/api/projects"), ("POST", "/api/projects/1/sources"), ("PATCH", "/api/sources/1"))
    for verb, path in requests:
        answer = await client.request(verb, path, json=payload)
        assert (answer.status_code, answer.json()["error_code"]) == (422, "CREDENTIAL_DOES_NOT_FIT")
        assert answer.json()["errors"][0]["loc"] == ["body", "credential"]
    assert await published() == []
    assert len((await client.get("/api/projects")).json()["items"]) == 1


async def test_without_keys_nothing_secret_is_kept(
    settings: Settings, database: Database, admin_headers: dict[str, str]
) -> None:
    assert database.schema == "projects"
    app = create_app(settings.model_copy(update={"sealing_keys": None}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://projects", headers=admin_headers) as client:
        project = {"name": "Shop", "repo_url": "https://github.com/acme/shop"}
        refused = await client.post("/api/projects", json=project | {"credential": CANARY})
        assert (await client.post("/api/projects", json=project | {"credential": None})).status_code == 201
        hook = await client.post("/api/sources/1/webhook")
        for answer in (refused, hook):
            assert (answer.status_code, answer.json()["error_code"]) == (409, "CREDENTIALS_NOT_CONFIGURED")
        asked = await client.get("/internal/sources/1/credential", headers={"Authorization": "Bearer x"})
        assert asked.status_code == 401
    await app.state.database.close()


async def test_a_sealed_credential_opens_for_no_other_source(
    client: httpx.AsyncClient, create_project: CreateProject, database: Database, sealing_keys: SealingKeys
) -> None:
    await create_project("one", credential=CANARY)
    await create_project("two", credential="another")
    async with database.transaction() as session:
        await session.execute(
            text(
                "UPDATE source SET credential_sealed = (SELECT credential_sealed FROM source WHERE id = 1) WHERE id = 2"
            )
        )
    assert (await client.get("/api/sources/2")).json()["has_credential"] is True
    with pytest.raises(SealBroken):
        await stored(database, sealing_keys, 2)


async def dump(database: Database) -> str:
    """Every row of every table of the service, as text."""
    async with database.transaction() as session:
        tables = (await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'projects'"))).all()
        assert {"source", "outbox", "inbox", "project_event", "webhook_delivery"} <= set(tables)
        rows = [str((await session.execute(text(f'SELECT t::text FROM "{table}" t'))).all()) for table in tables]
    return "\n".join(rows)


async def test_no_answer_log_line_event_or_row_shows_a_secret(
    client: httpx.AsyncClient, database: Database, sealing_keys: SealingKeys, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = pem(ED25519, OPENSSH, BestAvailableEncryption(b"Canary-passphrase"))
    plain = pem(ED25519)
    secrets = [CANARY, "Canary-passphrase", "Canary-password", *key.splitlines()[2:-1], *plain.splitlines()[2:-1]]
    https = {"name": "Shop", "repo_url": "https://github.com/acme/shop"}
    ssh = {"name": "ssh", "repo_url": SSH}
    password = {"kind": "password", "username": "u", "password": "Canary-password"}
    locked = {"kind": "ssh_key", "private_key": key, "passphrase": "Canary-passphrase"}
    requests: list[tuple[str, str, Any]] = [
        ("POST", "/api/projects", https | {"credential": CANARY}),
        ("POST", "/api/projects", https | {"credential": CANARY}),
        ("POST", "/api/projects/1/sources", ssh | {"credential": locked}),
        ("POST", "/api/projects/1/sources", ssh | {"name": "plain", "credential": locked | {"private_key": plain}}),
        ("POST", "/api/projects/1/sources", ssh | {"credential": locked | {"passphrase": CANARY}}),
        ("POST", "/api/projects/1/sources", https | {"credential": locked}),
        ("PATCH", "/api/sources/1", {"credential": password}),
        ("PATCH", "/api/sources/1", {"credential": {"kind": CANARY}}),
        ("PATCH", "/api/sources/1", {"credential": {"kind": "token", "token": [CANARY]}}),
        ("PATCH", "/api/sources/1", {"credential": CANARY + "\x00"}),
        ("PATCH", "/api/sources/1", {"credential": CANARY * 1000}),
        ("PATCH", "/api/sources/1", {"credential": [CANARY], "name": ""}),
        ("PATCH", "/api/sources/99", {"credential": CANARY}),
        ("POST", "/api/projects/1/sync", None),
        ("POST", "/api/sources/1/check", None),
        ("GET", "/api/projects/1/sources", None),
        ("GET", "/api/sources/2", None),
        ("GET", "/api/events/projects/dead", None),
    ]
    answers = [await client.request(verb, path, json=payload) for verb, path, payload in requests]
    broken = f'{{"credential": "{CANARY}", "name": '
    answers.append(await client.patch("/api/sources/1", content=broken, headers={"Content-Type": "application/json"}))
    statuses = [answer.status_code for answer in answers]
    assert statuses == [201, 409, 201, 422, 422, 422, 200, *[422] * 5, 404, 202, 202, 200, 200, 200, 422]
    hook = (await client.post("/api/sources/1/webhook")).json()["secret"]
    await client.post("/api/webhooks/git/1", json={}, headers={"X-Gitlab-Token": hook})
    assert (await stored(database, sealing_keys, 2) or {})["kind"] == "ssh_key"
    seen = "\n".join(answer.text + str(answer.headers) for answer in answers)
    logs = "\n".join(f"{record.msg} {record.args}" for record in caplog.records) + caplog.text
    assert "source.updated" in logs
    assert "x-gitlab-token" not in logs.lower()
    everything = seen + logs + await dump(database)
    for secret in [*secrets, hook]:
        assert secret not in everything
        assert json.dumps(secret)[1:-1] not in everything
