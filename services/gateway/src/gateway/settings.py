"""What the operator decides about the gateway (`GATEWAY_…` in the environment)."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _comma_separated(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_separated)]
"""Several values, separated by commas in the environment."""

_NO_LOGIN = (
    "The gateway has no login yet, so everyone who reaches {host} would be administrator: use GATEWAY_HOST=127.0.0.1,"
    " or, behind something that lets only trusted people through, GATEWAY_AUTHENTICATION=trusted_network."
)
_NO_AUTHENTICATION = (
    "GATEWAY_AUTHENTICATION is not set. There is no login yet; trusted_network says that everyone who can reach this"
    " port may be administrator (publish it on loopback only)."
)
_NO_HOSTS = "GATEWAY_ALLOWED_HOSTS is not set: name the hosts that browsers use to reach this gateway."


class Settings(BaseSettings):
    """Built once, in `create_app`; invalid combinations raise pydantic's ValidationError with one sentence."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore")

    identity_private_key: SecretStr
    projects_url: str
    documents_url: str
    chat_url: str
    embedded: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    authentication: Literal["local_admin", "trusted_network"] | None = None
    """Embedded mode is always `local_admin`. `trusted_network`: whoever reaches the port is administrator, so publish
    it on loopback only; it has no default because somebody must have decided it."""
    allowed_hosts: Names = ()
    """Host names beside the loopback ones; `name` allows every port, `name:port` that one."""
    cors_origins: Names = ("http://localhost:3000",)
    rate_limit_per_second: float | None = None
    """Requests per second and client address, ten times that in a burst; 0 is no limit. Default: none in embedded
    mode, where the only client is the user, else 200."""
    contracts_dir: Path | None = None
    """Where the last good API documents of the services are kept over a restart, if anywhere."""
    web_dir: Path | None = None
    """The built web client (`frontend/dist`); without one `/` leads to the API's documentation."""
    log_json: bool = True
    log_level: str = "INFO"

    @field_validator("projects_url", "documents_url", "chat_url")
    @classmethod
    def _is_base_url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _nobody_unknown_gets_in(self) -> Self:
        if self.embedded and (self.authentication == "trusted_network" or not is_loopback(self.host)):
            raise ValueError(_NO_LOGIN.format(host=self.host))
        if not self.embedded and self.authentication == "local_admin":
            raise ValueError(_NO_LOGIN.format(host=self.host))
        if not self.embedded and self.authentication is None:
            raise ValueError(_NO_AUTHENTICATION)
        if not self.embedded and not self.allowed_hosts:
            raise ValueError(_NO_HOSTS)
        return self

    @property
    def service_urls(self) -> dict[str, str]:
        """Base address by service name, in the order in which services are shown."""
        return {"projects": self.projects_url, "documents": self.documents_url, "chat": self.chat_url}

    @property
    def requests_per_second(self) -> float:
        """The rate in force; 0 is no limit."""
        if self.rate_limit_per_second is None:
            return 0 if self.embedded else 200
        return self.rate_limit_per_second


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
