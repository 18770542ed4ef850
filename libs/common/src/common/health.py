"""Liveness and readiness, for the gateway, compose and Kubernetes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[None]]
_CHECK_SECONDS = 3


class Health(BaseModel):
    status: Literal["ok", "down"]
    service: str
    version: str
    checks: dict[str, Literal["ok", "down"]] = {}


def health_router(service: str, version: str, checks: Mapping[str, Check]) -> APIRouter:
    """`/api/health/live` (the process answers) and `/api/health/ready` (what it needs answers too)."""
    router = APIRouter(prefix="/api/health", tags=["health"], include_in_schema=False)

    @router.get("/live")
    async def live() -> Health:
        return Health(status="ok", service=service, version=version)

    @router.get("/ready")
    async def ready(response: Response) -> Health:
        names = list(checks)
        outcomes = await asyncio.gather(*(_passes(name, checks[name]) for name in names))
        result: dict[str, Literal["ok", "down"]] = {
            name: "ok" if passed else "down" for name, passed in zip(names, outcomes, strict=True)
        }
        healthy = all(outcomes)
        response.status_code = 200 if healthy else 503
        return Health(status="ok" if healthy else "down", service=service, version=version, checks=result)

    return router


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is "not ready"
        log.warning("health.check_failed", check=name, error=repr(error))
        return False
    return True
