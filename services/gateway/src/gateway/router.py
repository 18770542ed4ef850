"""What the gateway answers itself."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from common.problems import problems
from common.version import VERSION
from gateway.catalog import Catalog
from gateway.errors import ServiceUnknown
from gateway.identity import LOCAL_ADMIN
from gateway.schemas import CurrentUser, Dashboard, GatewayHealth, ServiceHealth
from gateway.services import Answer, Services, json_object
from gateway.settings import Settings

router = APIRouter(tags=["gateway"])


def get_services(request: Request) -> Services:
    return request.app.state.services


def get_catalog(request: Request) -> Catalog:
    return request.app.state.catalog


def get_settings(request: Request) -> Settings:
    return request.app.state.settings


ServicesDep = Annotated[Services, Depends(get_services)]
CatalogDep = Annotated[Catalog, Depends(get_catalog)]
SettingsDep = Annotated[Settings, Depends(get_settings)]


@router.get("/", include_in_schema=False)
async def home() -> RedirectResponse:
    return RedirectResponse("/api/docs", status_code=307)


@router.get("/api/health", responses={503: {"model": GatewayHealth, "description": "No service is ready"}})
async def health(services: ServicesDep, response: Response) -> GatewayHealth:
    """Whether the services are ready. 503 when none is."""
    answers = await services.get_all("/api/health/ready")
    found = {service: _service_health(answer) for service, answer in answers.items()}
    ready = sum(one.status == "ok" for one in found.values())
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    status = "ok" if ready == len(found) else "degraded" if ready else "down"
    return GatewayHealth(status=status, version=VERSION, services=found)


@router.get("/api/dashboard")
async def dashboard(services: ServicesDep) -> Dashboard:
    """Totals over all projects, and the newest sync runs."""
    answers = await services.get_all("/api/stats/{service}", LOCAL_ADMIN)
    figures = {name: json_object(answer) or {} for name, answer in answers.items()}
    return Dashboard(
        projects=figures["projects"].get("projects"),
        recent_syncs=figures["projects"].get("recent_syncs"),
        documents=figures["documents"].get("documents"),
        chunks=figures["documents"].get("chunks"),
        by_project=figures["documents"].get("by_project"),
        conversations=figures["chat"].get("conversations"),
    )


@router.get("/api/auth/me")
async def me(settings: SettingsDep) -> CurrentUser:
    """Who one is here."""
    return CurrentUser(
        user_id=LOCAL_ADMIN.user_id,
        name=LOCAL_ADMIN.name,
        is_admin=LOCAL_ADMIN.is_admin,
        authentication=settings.authentication or "local_admin",
    )


@router.get("/api/openapi.json", include_in_schema=False)
async def openapi(catalog: CatalogDep) -> Response:
    return Response(await catalog.merged("openapi"), media_type="application/json")


DocumentName = Literal["projects", "documents", "chat", "gateway"]


@router.get("/api/openapi/{service}.json", responses=problems(ServiceUnknown))
async def service_openapi(service: DocumentName, catalog: CatalogDep) -> dict[str, Any]:
    """The OpenAPI document of `projects`, `documents`, `chat` or `gateway` alone."""
    document = await catalog.single("openapi", service)
    if document is None:
        raise ServiceUnknown(f"There is no API document of a service {service}.")
    return document


@router.get("/api/asyncapi.json")
async def asyncapi(catalog: CatalogDep) -> Response:
    """The events that the services publish, as AsyncAPI."""
    return Response(await catalog.merged("asyncapi"), media_type="application/json")


def _service_health(answer: Answer | None) -> ServiceHealth:
    if answer is None:
        return ServiceHealth(status="down")
    try:
        found = ServiceHealth.model_validate_json(answer.body)
    except ValidationError:
        return ServiceHealth(status="down")
    return found if answer.status == 200 else found.model_copy(update={"status": "down"})
