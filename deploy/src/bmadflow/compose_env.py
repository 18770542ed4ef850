"""The secrets of a compose deployment, as the lines of its `.env`."""

import secrets

from bmadflow.options import SERVICES


def compose_env() -> str:
    """A new set of secrets. Quoted, because keys are JSON; hexadecimal, because passwords stand in URLs."""
    # Imported here: the library behind them would slow down every command.
    from common.identity import generate_key_pair  # noqa: PLC0415 - said above
    from common.sealing import generate_key  # noqa: PLC0415 - said above

    private, public = generate_key_pair()
    names = ["POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", *(f"{service.upper()}_PASSWORD" for service in SERVICES)]
    values = {name: secrets.token_hex(24) for name in names}
    values |= {"IDENTITY_PRIVATE_KEY": private, "IDENTITY_PUBLIC_KEY": public, "SEALING_KEYS": generate_key()}
    return "".join(f"{name}='{value}'\n" for name, value in values.items())
