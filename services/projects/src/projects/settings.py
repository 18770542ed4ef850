"""Settings of the projects service, read from `PROJECTS_…`."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="PROJECTS_", extra="ignore")

    sealing_keys: SecretStr | None = None
    """`id:base64,id:base64 …` of 32 bytes each; the first one seals credentials, all of them open. Without any, none
    can be stored. Documents has the same."""
