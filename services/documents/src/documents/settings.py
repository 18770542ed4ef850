"""Settings of the documents service, for its API and its worker alike."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from `DOCUMENTS_…`."""

    model_config = SettingsConfigDict(env_prefix="DOCUMENTS_", extra="ignore", populate_by_name=True)

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

    worker_host: str = "127.0.0.1"
    worker_port: int | None = None
    """Port for the worker's health and metrics; none is opened without it."""
