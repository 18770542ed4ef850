"""Settings of the chat service, read from `CHAT_…`."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CHAT_", extra="ignore")

    documents_url: str = Field(default="http://127.0.0.1:8002", description="Where the documents service answers.")
    documents_timeout: float = Field(default=15.0, gt=0, description="Seconds for one question to it, retry included.")
    turn_timeout: float = Field(default=45.0, gt=0, description="Seconds for a whole answer.")
    sweep_interval: float = Field(default=15.0, gt=0, description="Seconds between looks for abandoned answers.")
