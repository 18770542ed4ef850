"""The worker's health and metrics over HTTP, for containers and dashboards."""

from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from common.database import Database, database_check
from common.health import health_router
from common.version import VERSION


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are the worker's own business."""
        yield


async def serve_health(database: Database, host: str, port: int) -> None:
    """Serve `/api/health/live`, `/api/health/ready` and `/metrics` until cancelled."""
    app = FastAPI(openapi_url=None)
    app.include_router(health_router("documents-worker", VERSION, {"database": database_check(database)}))
    app.add_route("/metrics", _metrics, methods=["GET"])
    await _Server(uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, lifespan="off")).serve()


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
