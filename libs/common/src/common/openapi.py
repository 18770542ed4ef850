"""The OpenAPI document of a FastAPI application, with problem documents as the bodies of errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from common.problems import ProblemDetails


def operation_id(route: APIRoute) -> str:
    """`{tag}-{function}`: stable names for generated clients."""
    return f"{route.tags[0] if route.tags else 'other'}-{route.name}"


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The app's OpenAPI document, with the problem document as the body of every error."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=[{"url": "/"}],
    )
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["ProblemDetails"] = problem
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    app.openapi_schema = document
    return document
