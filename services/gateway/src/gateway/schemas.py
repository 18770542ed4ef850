"""The bodies of the gateway's own answers."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class ServiceHealth(BaseModel):
    """One service as it answers right now."""

    status: Literal["ok", "down"]
    version: str | None = None
    checks: dict[str, Literal["ok", "down"]] = {}


class GatewayHealth(BaseModel):
    """`ok`: every service is ready; `degraded`: some are; `down`: none is."""

    status: Literal["ok", "degraded", "down"]
    version: str
    services: dict[str, ServiceHealth]


class ProjectFigures(BaseModel):
    """How much one project holds."""

    project_id: int
    documents: int
    chunks: int


class Dashboard(BaseModel):
    """Totals over all projects one may see; null where the service that knows is down."""

    projects: int | None
    documents: int | None
    chunks: int | None
    by_project: list[ProjectFigures] | None = Field(description="By project id; one without documents isn't listed.")
    conversations: int | None
    recent_syncs: list[dict[str, Any]] | None = Field(description="The newest sync runs, newest first.")


class CurrentUser(BaseModel):
    """Who the gateway takes the caller for."""

    user_id: str
    name: str
    is_admin: bool
    authentication: Literal["local_admin", "trusted_network"]
