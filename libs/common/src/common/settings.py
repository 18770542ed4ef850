"""Settings every service has; each service subclasses with its own prefix and fields."""

from typing import Literal, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from the environment (`PROJECTS_DATABASE_URL` …); a secret never has a default."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: SecretStr
    database_pool_size: int = 5
    transport: Literal["postgres", "rabbitmq"] = "postgres"
    rabbitmq_url: SecretStr | None = None
    identity_public_key: str
    log_json: bool = True
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _broker_is_named(self) -> Self:
        if self.transport == "rabbitmq" and self.rabbitmq_url is None:
            raise ValueError("transport 'rabbitmq' needs a rabbitmq_url")
        return self
