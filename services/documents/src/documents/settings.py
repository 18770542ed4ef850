"""Settings of the documents service, for its API and its worker alike."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


def _checked_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
        raise ValueError("must be http(s)://host[:port][/path], without a user, a password or a query")
    return url


class Settings(ServiceSettings):
    """Read from `DOCUMENTS_…`."""

    model_config = SettingsConfigDict(
        env_prefix="DOCUMENTS_", extra="ignore", populate_by_name=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    projects_url: str
    """Where the projects service answers."""

    data_dir: Path
    """Where the copies of repositories are kept; each worker host has its own."""

    allow_local_sources: bool = Field(
        default=False, validation_alias=AliasChoices("DOCUMENTS_ALLOW_LOCAL_SOURCES", "BMADFLOW_ALLOW_LOCAL_SOURCES")
    )
    """Whether paths, file://, plain http and private or loopback addresses may be synced."""

    allowed_networks: tuple[str, ...] = ()
    """Networks (CIDR) and host names of internal git servers that may be reached in any case."""

    git_proxy: SecretStr | None = None
    """The HTTP proxy for fetching, if one is needed; it then resolves the host names. Its URL may hold a password."""

    git_ca_file: Path | None = None
    """Certificates to trust, in place of the system's."""

    sealing_keys: SecretStr | None = None
    """Those that the projects service seals credentials with, as `id:base64,…`; without them none can be used."""

    fetch_timeout: float = 600.0
    """Seconds for one fetch."""

    head_check_seconds: float = Field(default=300.0, ge=0)
    """How often a source's repository is asked for its newest commit; 0 asks only on request and when syncing."""

    history_commits: int = Field(default=1000, ge=0)
    """How many commits back the last commit of a document is looked for; 0 never fetches the history."""

    max_repository_bytes: int = 2 * 2**30
    max_files: int = 100_000
    """Entries of a repository's tree that are looked at; more is an error, not a part of the listing."""

    max_file_bytes: int = 10 * 2**20
    """Larger files are listed with a warning, not read."""

    max_asset_bytes: int = 10 * 2**20
    """Larger images aren't kept, so they aren't shown in the documents that refer to them."""

    sync_slots: int = 2
    """Syncs that one worker runs at a time: a small one needn't wait for a large one."""

    embedding_provider: Literal["bundled", "ollama", "openai", "gemini"] = "bundled"
    """What embeds texts: the bundled model, or a server that speaks this protocol. The same for API and worker."""

    embedding_model: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$")
    """The model's name as the server knows it."""

    embedding_url: Annotated[str, AfterValidator(_checked_address)] | None = None
    """Where the server answers; by default Ollama on this machine, or the vendor's own address."""

    embedding_api_key: SecretStr | None = None

    embedding_dimensions: int | None = Field(default=None, ge=1, le=4000)
    """How many to ask for, of models that can give fewer; by default as many as the model has."""

    embedding_query_prefix: str | None = None
    embedding_document_prefix: str | None = None
    """Put before texts, in place of what is known of the model."""

    embedding_batch: int = Field(default=64, ge=1, le=2048)
    """Texts in one request."""

    embedding_timeout: float = Field(default=60.0, gt=0)
    """Seconds for one request; a search waits ten at most."""

    embedding_budget: int | None = Field(default=None, ge=40, le=254)
    """Word pieces of a chunk, counted with the bundled model's tokenizer: fewer than any server's model reads."""

    search_reranked: int = Field(default=20, ge=0, le=100)
    """Passages of an answer that the bundled model reads once more with the question; 0 for none."""

    worker_host: str = "127.0.0.1"
    worker_port: int | None = None
    """Port for the worker's health and metrics; none is opened without it."""

    @model_validator(mode="after")
    def _model_is_named(self) -> Self:
        if self.embedding_provider != "bundled" and self.embedding_model is None:
            raise ValueError(f"embedding provider '{self.embedding_provider}' needs DOCUMENTS_EMBEDDING_MODEL")
        if self.embedding_provider == "gemini" and self.embedding_api_key is None:
            raise ValueError("embedding provider 'gemini' needs DOCUMENTS_EMBEDDING_API_KEY")
        return self
