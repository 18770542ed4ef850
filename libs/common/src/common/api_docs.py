"""Swagger UI and ReDoc from our own assets: the pages load nothing foreign and run no inline script."""

import html
import importlib.util
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_START_SWAGGER = """\
const select = document.getElementById("document");
const show = () => SwaggerUIBundle({ url: select.value, dom_id: "#ui", deepLinking: true, layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis], validatorUrl: null });
select.addEventListener("change", show);
const wanted = new URLSearchParams(location.search).get("service");
if (wanted) for (const option of select.options) if (option.text === wanted) select.value = option.value;
show();
"""
_START_REDOC = """\
Redoc.init(document.body.dataset.url, { disableSearch: false, hideDownloadButton: false },
  document.getElementById("ui"));
"""


def install_api_docs(app: FastAPI, title: str, documents: Mapping[str, str]) -> None:
    """Serve `/api/docs` and `/api/redoc` over the OpenAPI documents `{name: url}`; the first one is shown first."""
    first = next(iter(documents.values()))
    options = "".join(f'<option value="{html.escape(u)}">{html.escape(n)}</option>' for n, u in documents.items())
    swagger = _page(
        title,
        f'<link rel="stylesheet" href="/api/docs/assets/swagger-ui.css">'
        f'<label style="font:14px sans-serif">Document <select id="document">{options}</select></label>'
        '<div id="ui"></div><script src="/api/docs/assets/swagger-ui-bundle.js"></script>'
        '<script src="/api/docs/start-swagger.js"></script>',
    )
    redoc = _page(
        title,
        '<div id="ui"></div><script src="/api/docs/assets/redoc.standalone.js"></script>'
        '<script src="/api/docs/start-redoc.js"></script>',
        body_data=first,
    )

    def page(path: str, content: str) -> None:
        async def serve(_: Request) -> Response:
            return HTMLResponse(content, headers={"Content-Security-Policy": _POLICY})

        app.add_route(path, serve, methods=["GET"], include_in_schema=False)

    def script(path: str, content: str) -> None:
        async def serve(_: Request) -> Response:
            return Response(content, media_type="text/javascript")

        app.add_route(path, serve, methods=["GET"], include_in_schema=False)

    page("/api/docs", swagger)
    page("/api/redoc", redoc)
    script("/api/docs/start-swagger.js", _START_SWAGGER)
    script("/api/docs/start-redoc.js", _START_REDOC)
    app.mount("/api/docs/assets", StaticFiles(directory=_assets()), name="api-docs-assets")


def _page(title: str, content: str, body_data: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"></head><body data-url="{html.escape(body_data)}">{content}</body></html>'
    )


def _assets() -> Path:
    # The package is used for the built assets it carries; its FastAPI subclass isn't imported.
    found = importlib.util.find_spec("fastapi_offline")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("fastapi-offline, which carries the Swagger UI assets, is not installed")
    return Path(found.submodule_search_locations[0]) / "static"
