import os
import subprocess
import sys

import pytest

from common.testing.plugin import IdentityKeys
from gateway.app import load_settings
from gateway.settings import is_loopback

SERVICES = {f"GATEWAY_{name}_URL": "http://127.0.0.1:9" for name in ("PROJECTS", "DOCUMENTS", "CHAT")}


@pytest.fixture(autouse=True)
def complete_environment(monkeypatch: pytest.MonkeyPatch, identity_keys: IdentityKeys) -> None:
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)
    for name, value in {**SERVICES, "GATEWAY_IDENTITY_PRIVATE_KEY": identity_keys.private}.items():
        monkeypatch.setenv(name, value)


def _set(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"GATEWAY_EMBEDDED": "true", "GATEWAY_HOST": "0.0.0.0"}, "has no login yet"),
        ({"GATEWAY_EMBEDDED": "true", "GATEWAY_HOST": "::"}, "has no login yet"),
        ({"GATEWAY_EMBEDDED": "true", "GATEWAY_HOST": "192.168.1.5"}, "has no login yet"),
        ({"GATEWAY_EMBEDDED": "true", "GATEWAY_AUTHENTICATION": "trusted_network"}, "has no login yet"),
        ({"GATEWAY_AUTHENTICATION": "local_admin", "GATEWAY_ALLOWED_HOSTS": "hub"}, "has no login yet"),
        ({"GATEWAY_HOST": "127.0.0.1", "GATEWAY_ALLOWED_HOSTS": "hub"}, "GATEWAY_AUTHENTICATION is not set"),
        ({"GATEWAY_AUTHENTICATION": "trusted_network"}, "GATEWAY_ALLOWED_HOSTS is not set"),
        ({"GATEWAY_EMBEDDED": "true", "GATEWAY_CHAT_URL": "nonsense"}, "GATEWAY_CHAT_URL: must start with http"),
    ],
)
def test_unsafe_settings_are_refused(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], sentence: str
) -> None:
    _set(monkeypatch, environment)
    with pytest.raises(SystemExit, match=sentence):
        load_settings()


def test_refusal_is_one_sentence_and_holds_no_secret(
    monkeypatch: pytest.MonkeyPatch, identity_keys: IdentityKeys
) -> None:
    _set(monkeypatch, {"GATEWAY_EMBEDDED": "true", "GATEWAY_HOST": "0.0.0.0"})
    ended = subprocess.run([sys.executable, "-m", "gateway"], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("The gateway has no login yet, so everyone who reaches 0.0.0.0")
    assert len(ended.stderr.splitlines()) == 1
    assert identity_keys.private not in ended.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"GATEWAY_EMBEDDED": "true"},
        {"GATEWAY_EMBEDDED": "true", "GATEWAY_HOST": "::1"},
        {
            "GATEWAY_HOST": "0.0.0.0",
            "GATEWAY_AUTHENTICATION": "trusted_network",
            "GATEWAY_ALLOWED_HOSTS": "hub.example, gateway",
            "GATEWAY_CORS_ORIGINS": "http://localhost:3000,https://hub.example",
        },
    ],
)
def test_sound_settings_are_taken(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    _set(monkeypatch, environment)
    settings = load_settings()
    assert settings.embedded is ("GATEWAY_EMBEDDED" in environment)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, {"GATEWAY_EMBEDDED": "true", "GATEWAY_ALLOWED_HOSTS": "hub.example, gateway,"})
    assert load_settings().allowed_hosts == ("hub.example", "gateway")
    assert load_settings().cors_origins == ("http://localhost:3000",)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "[::1]", "localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "", "hub"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
