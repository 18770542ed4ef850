"""Errors as RFC 9457 problem documents, rendered in one place."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from common.request_context import current_request_id

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """One fault of a request's payload or parameters."""

    loc: list[str | int]
    msg: str
    type: str


class ProblemDetails(BaseModel):
    """What every error answer looks like (`application/problem+json`)."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None
    error_code: str = Field(description="SCREAMING_SNAKE, stable, never reused.")
    request_id: str | None = None
    errors: list[FieldError] | None = Field(default=None, description="Only for 422.")


class Problem(Exception):
    """Base of the errors that a caller is meant to see. Subclasses set the three class variables."""

    status: ClassVar[int] = 500
    error_code: ClassVar[str] = "INTERNAL_ERROR"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})

    def errors(self) -> list[dict[str, Any]] | None:
        """The faults of the request's fields as FieldError has them; only a 422 has any."""
        return None


class InvalidRequest(Problem):
    """A fault of one field of the request; `loc` says where that stands."""

    status = 422
    error_code = "VALIDATION_ERROR"
    title = "The request is not valid"
    loc: ClassVar[tuple[str | int, ...]] = ("body",)

    def errors(self) -> list[dict[str, Any]]:
        return [{"loc": list(self.loc), "msg": self.detail, "type": self.error_code.lower()}]


class CursorInvalid(InvalidRequest):
    error_code = "CURSOR_INVALID"
    title = "The cursor is not valid"
    loc = ("query", "cursor")


class IdentityRequired(Problem):
    status = 401
    error_code = "IDENTITY_REQUIRED"
    title = "No valid identity"


class Forbidden(Problem):
    status = 403
    error_code = "FORBIDDEN"
    title = "Not allowed"


def problem_response(
    status: int,
    error_code: str,
    title: str,
    detail: str,
    *,
    instance: str | None = None,
    errors: Sequence[Mapping[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Render one problem; the request id is taken from the request being served."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "error_code": error_code,
        "request_id": current_request_id(),
    }
    if errors is not None:
        body["errors"] = errors
    # ASCII escapes keep unpaired surrogates of a bad request from breaking the answer about it.
    return Response(json.dumps(body).encode(), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer with these problems."""
    grouped: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        entry = grouped.setdefault(kind.status, {"content": {}, "codes": []})
        entry["codes"].append(kind.error_code)
    return {
        status: {
            "description": " or ".join(f"`{code}`" for code in entry["codes"]),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status, entry in grouped.items()
    }


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every foreseen error of the app with a problem document (the middleware answers the others)."""
    app.add_exception_handler(Problem, _known)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)


def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(
        error.status,
        error.error_code,
        error.title,
        error.detail,
        instance=request.url.path,
        errors=error.errors(),
        headers=error.headers,
    )


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI's only one: a body that isn't text at all; one that is text but isn't JSON is a 422 already.
        return _known(request, InvalidRequest("The body is not valid JSON in UTF-8."))
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.upper().replace(" ", "_").replace("-", "_")
    return problem_response(
        error.status_code, code, phrase, str(error.detail), instance=request.url.path, headers=_headers(request, error)
    )


def _headers(request: Request, error: HTTPException) -> Mapping[str, str] | None:
    if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return error.headers
    # Starlette names the methods of the first route with this path; there may be one route per method.
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {
        "Allow": ", ".join(sorted({method for route in routes for method in getattr(route, "methods", None) or ()}))
    }


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Pydantic says what kind of error a validator of ours raised before what it says itself.
    errors = [
        {"loc": list(e["loc"]), "msg": e["msg"].removeprefix("Value error, "), "type": e["type"]}
        for e in error.errors()
    ]
    first = errors[0] if errors else {"loc": [], "msg": "invalid"}
    where = ".".join(str(part) for part in first["loc"])
    return problem_response(
        422,
        InvalidRequest.error_code,
        InvalidRequest.title,
        f"{where}: {first['msg']}",
        instance=request.url.path,
        errors=errors,
    )


def unforeseen(path: str) -> Response:
    """The answer to an error that nobody foresaw: it tells where to look and nothing of the inside."""
    return problem_response(
        500,
        Problem.error_code,
        Problem.title,
        "Something went wrong here. The log of this service has the details under this request id.",
        instance=path,
    )
