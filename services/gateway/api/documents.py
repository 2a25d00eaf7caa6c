"""The API's description and its interactive page, served from this machine alone."""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import FileResponse

from services.gateway.queries.documents import Documents
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)

# Swagger UI from its wheel: the machine may have no way to a content network.
STATIC = Path(fastapi_offline.__file__).parent / "static"
FILES = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"})


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """One OpenAPI 3.1 document of all services."""
    documents: Documents = request.app.state.documents
    body, tag = await documents.merged()
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, headers={"ETag": tag}, media_type="application/json")


@router.get("/docs")
async def docs() -> Response:
    """Swagger UI over /openapi.json."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Steward API",
        swagger_js_url="/docs/swagger-ui-bundle.js",
        swagger_css_url="/docs/swagger-ui.css",
        swagger_favicon_url="/docs/favicon.png",
        swagger_ui_parameters={
            "docExpansion": "none",
            "filter": True,
            "deepLinking": True,
            "persistAuthorization": True,
        },
    )


@router.get("/docs/{name}")
async def docs_file(name: str) -> Response:
    """A file of Swagger UI. Raises NotFound `route-unknown`."""
    if name not in FILES:
        raise NotFound("route-unknown", "There is no such file.")
    return FileResponse(STATIC / name, headers={"Cache-Control": "max-age=86400"})
