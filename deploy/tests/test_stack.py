import json
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from bmadflow.keys import Secrets, load_or_create_secrets
from bmadflow.logs import MAX_BYTES, begin_log, bound_logs
from bmadflow.options import SERVICES, Options
from bmadflow.refusal import Refused
from bmadflow.stack import EmbeddedPostgres, Stack, web_client
from common.identity import Identity, TokenSigner, TokenVerifier
from common.sealing import SealingKeys

SECRETS = Secrets("private-key", "public-key", "k1:sealing-key", {name: f"password-of-{name}" for name in SERVICES})


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(Options(tmp_path, port=9000), SECRETS, EmbeddedPostgres(tmp_path / "postgres"))


def known_secrets(environment: dict[str, str]) -> set[str]:
    every = {SECRETS.identity_private_key, SECRETS.sealing_keys, *SECRETS.passwords.values()}
    return {secret for secret in every if any(secret in value for value in environment.values())}


def test_each_program_knows_its_own_secrets_only(stack: Stack) -> None:
    known = {child.name: known_secrets(child.environment) for child in (*stack.migrations(), *stack.services())}
    assert known == {
        "projects-migrate": {"password-of-projects"},
        "documents-migrate": {"password-of-documents"},
        "chat-migrate": {"password-of-chat"},
        "projects": {"password-of-projects", "k1:sealing-key"},
        "documents": {"password-of-documents"},
        "documents-worker": {"password-of-documents", "k1:sealing-key"},
        "chat": {"password-of-chat"},
        "gateway": {"private-key"},
    }


def test_no_secret_stands_in_a_command_line(stack: Stack) -> None:
    children = (*stack.migrations(), *stack.services())
    assert not any(known_secrets({"argv": " ".join(child.command)}) for child in children)


def test_settings_of_one_service_dont_reach_another(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_OPENAI_API_KEY", "of-chat")
    monkeypatch.setenv("PGPASSWORD", "of-somebody-else")
    having = [child.name for child in stack.services() if "CHAT_OPENAI_API_KEY" in child.environment]
    assert having == ["chat"]
    assert not any("PGPASSWORD" in child.environment for child in stack.services())


def test_events_travel_over_the_operators_broker_where_there_is_one(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settings() -> set[tuple[str | None, ...]]:
        names = ("TRANSPORT", "RABBITMQ_URL")
        programs = {child.name: child.environment for child in stack.services()}
        environments = {"PROJECTS": "projects", "DOCUMENTS": "documents-worker", "CHAT": "chat"}.items()
        assert not any("amqp://" in value for value in programs["gateway"].values())
        return {tuple(programs[program].get(f"{prefix}_{name}") for name in names) for prefix, program in environments}

    monkeypatch.delenv("BMADFLOW_RABBITMQ_URL", raising=False)
    assert settings() == {("postgres", None)}
    monkeypatch.setenv("BMADFLOW_RABBITMQ_URL", "amqp://us:secret@broker:5672/")
    assert settings() == {("rabbitmq", "amqp://us:secret@broker:5672/")}
    assert not any("BMADFLOW_RABBITMQ_URL" in child.environment for child in stack.services())


def test_services_listen_on_loopback_from_the_port_on(stack: Stack) -> None:
    commands = {child.name: " ".join(child.command) for child in stack.services()}
    for port, name in enumerate(("projects", "documents", "chat"), start=9001):
        assert f"{name}.app:create_app_from_env --host 127.0.0.1 --port {port} " in commands[name]
    environments = {child.name: child.environment for child in stack.services()}
    worker, gateway = environments["documents-worker"], environments["gateway"]
    assert (worker["DOCUMENTS_WORKER_HOST"], worker["DOCUMENTS_WORKER_PORT"]) == ("127.0.0.1", "9004")
    assert (gateway["GATEWAY_HOST"], gateway["GATEWAY_PORT"]) == ("127.0.0.1", "9000")
    assert commands["gateway"].endswith(" -m gateway")


@pytest.mark.parametrize(("chosen", "passed"), [(None, "true"), ("false", "false")])
def test_local_sources_are_allowed_unless_the_operator_says_no(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, chosen: str | None, passed: str
) -> None:
    monkeypatch.delenv("BMADFLOW_ALLOW_LOCAL_SOURCES", raising=False)
    if chosen:
        monkeypatch.setenv("BMADFLOW_ALLOW_LOCAL_SOURCES", chosen)
    documents = next(child for child in stack.services() if child.name == "documents")
    assert documents.environment["DOCUMENTS_ALLOW_LOCAL_SOURCES"] == passed


def test_the_embedding_key_is_for_the_documents_service_alone(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCUMENTS_EMBEDDING_API_KEY", "sk-secret")
    knowing = {child.name for child in stack.services() if "sk-secret" in child.environment.values()}
    assert knowing == {"documents", "documents-worker"}


@pytest.mark.parametrize("is_built", [True, False])
def test_the_gateway_serves_the_web_client_of_the_checkout(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_built: bool
) -> None:
    dist = tmp_path / "frontend" / "dist"
    dist.mkdir(parents=True)
    if is_built:
        (dist / "index.html").touch()
    monkeypatch.delenv("GATEWAY_WEB_DIR", raising=False)
    monkeypatch.setattr("bmadflow.stack.checkout", lambda: tmp_path)
    gateway = next(child for child in stack.services() if child.name == "gateway")
    assert gateway.environment.get("GATEWAY_WEB_DIR") == (str(dist) if is_built else None)


def test_the_operators_web_client_comes_first(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_WEB_DIR", str(tmp_path))
    (tmp_path / "index.html").touch()
    gateway = next(child for child in stack.services() if child.name == "gateway")
    assert gateway.environment["GATEWAY_WEB_DIR"] == str(tmp_path)
    assert web_client() == tmp_path


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    made = load_or_create_secrets(path)
    assert load_or_create_secrets(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(made.passwords) == set(SERVICES)
    assert len(set(made.passwords.values())) == len(SERVICES)
    token = TokenSigner(made.identity_private_key).sign(Identity("1", "Ada"), ["chat"])
    assert TokenVerifier(made.identity_public_key, "chat").verify(token).name == "Ada"
    keys = SealingKeys.parse(made.sealing_keys)
    assert keys.open(keys.seal("secret", "here"), "here") == "secret"


def test_secrets_of_an_older_version_are_completed_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    older = {"identity_private_key": "a", "identity_public_key": "b", "passwords": {"chat": "c"}}
    path.write_text(json.dumps(older))
    completed = load_or_create_secrets(path)
    assert SealingKeys.parse(completed.sealing_keys)
    assert asdict(completed) == older | {"sealing_keys": completed.sealing_keys}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert load_or_create_secrets(path) == completed
    assert path.read_text() == text


@pytest.mark.parametrize("text", ["", "{", json.dumps({"passwords": {}})])
def test_damaged_secrets_are_never_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(text)
    with pytest.raises(Refused, match=r"secrets\.json is damaged"):
        load_or_create_secrets(path)
    assert path.read_text() == text


def test_a_log_begins_anew_and_stays_bounded(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "chat.log"
    begin_log(log)
    log.write_text("yesterday")
    begin_log(log)
    assert (log.read_text(), log.with_suffix(".1.log").read_text()) == ("", "yesterday")
    with log.open("ab") as writer:
        writer.write(b"x" * (MAX_BYTES + 1))
        writer.flush()
        bound_logs([log, tmp_path / "missing.log"])
        writer.write(b"goes on")
    assert log.read_text() == "goes on"
    assert log.with_suffix(".1.log").stat().st_size == MAX_BYTES + 1
