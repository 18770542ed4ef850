"""What `make compose-env` prints is what docker-compose.yml asks for."""

import re
from pathlib import Path

from bmadflow.compose_env import compose_env
from common.sealing import SealingKeys

COMPOSE_FILE = (Path(__file__).parents[2] / "docker-compose.yml").read_text()


def variables() -> dict[str, str]:
    pairs = [line.split("=", 1) for line in compose_env().splitlines()]
    return {name: value.strip("'") for name, value in pairs}


def test_every_secret_is_made_and_its_absence_is_an_error() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)(?::\?[^}]*)?\}", COMPOSE_FILE))
    insisted = set(re.findall(r"\$\{([A-Z_]+):\?see docker-compose\.yml\}", COMPOSE_FILE))
    assert asked == insisted == set(variables())


def test_no_two_deployments_share_a_secret() -> None:
    first, second = variables(), variables()
    assert not set(first.values()) & set(second.values())
    assert len(set(first.values())) == len(first)


def test_the_sealing_keys_can_be_read() -> None:
    keys = SealingKeys.parse(variables()["SEALING_KEYS"])
    assert keys.open(keys.seal("secret", "here"), "here") == "secret"
