"""What the FastAPI application of every service has in common."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from common.api_docs import install_api_docs
from common.events import Consumers, Event, asyncapi_document
from common.health import Check, health_router
from common.identity import TokenVerifier
from common.logging import configure_logging
from common.middleware import RequestMiddleware
from common.openapi import openapi_document, operation_id
from common.problems import IdentityRequired, InvalidRequest, install_problem_handlers, problems
from common.settings import ServiceSettings
from common.version import VERSION

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_service_app(
    settings: ServiceSettings,
    *,
    service: str,
    title: str,
    description: str,
    tags: Sequence[Mapping[str, str]],
    routers: Sequence[APIRouter],
    lifespan: Lifespan,
    ready_checks: Mapping[str, Check],
    published: Sequence[type[Event]] = (),
    consumers: Consumers | None = None,
) -> FastAPI:
    """An application with the routers of one service and what all of them share.

    `published` and `consumers` are what the service says and hears; they are described at `/api/asyncapi.json`.
    The lifespan must set `app.state.database` before requests are served.
    """
    configure_logging(service, json_lines=settings.log_json, level=settings.log_level)
    app = FastAPI(
        title=title,
        description=description,
        version=VERSION,
        openapi_tags=[dict(tag) for tag in tags],
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
    )
    app.state.token_verifier = TokenVerifier(settings.identity_public_key, service)
    app.openapi = lambda: openapi_document(app)
    install_problem_handlers(app)
    install_api_docs(app, title, {service: "/api/openapi.json"})
    app.include_router(health_router(service, VERSION, ready_checks))
    described = asyncapi_document(title, VERSION, published=published, consumers=consumers or Consumers(service))

    async def asyncapi(_: Request) -> Response:
        return JSONResponse(described)

    app.add_route("/api/asyncapi.json", asyncapi, methods=["GET"], include_in_schema=False)
    app.add_route("/metrics", _metrics, methods=["GET"], include_in_schema=False)
    for router in routers:
        app.include_router(router, responses=problems(IdentityRequired, InvalidRequest))
    app.add_middleware(RequestMiddleware)
    return app


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
