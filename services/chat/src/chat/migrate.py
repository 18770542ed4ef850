"""`python -m chat.migrate`: bring the service's schema up to date, with the service's own role."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chat.models import SCHEMA
from common.migrations import upgrade


class MigrationSettings(BaseSettings):
    """What migrating needs of the environment; the rest of the service's settings may be absent."""

    model_config = SettingsConfigDict(env_prefix="CHAT_", extra="ignore")

    database_url: SecretStr


if __name__ == "__main__":
    settings = MigrationSettings()  # pyright: ignore[reportCallIssue] - read from the environment
    upgrade(SCHEMA, settings.database_url.get_secret_value())
