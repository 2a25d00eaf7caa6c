"""The descriptions of API and events with a page for each, served from this machine alone."""

import gzip
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from services.gateway.openapi.documents import Documents
from shared.errors import NotFound

router = APIRouter(include_in_schema=False)

# Swagger UI from its wheel: the machine may have no way to a content network.
STATIC = Path(fastapi_offline.__file__).parent / "static"
FILES = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"})
A_DAY = {"Cache-Control": "max-age=86400"}

# `Lines` shows and sends an example of lines as the text that it is; by itself Swagger UI takes what has "json"
# in its media type for one value, and makes a quoted string of it. `Parts` resolves an opened operation with
# what it refers to; by itself Swagger UI resolves the whole document each time that an operation is opened.
API_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Steward API</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui">Loading the API ...</div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script>
const Lines = () => ({afterLoad() {
  const ofSchema = this.fn.getSampleSchema;
  this.fn.getSampleSchema = (schema, type, config, example) =>
    /ndjson/.test(type) && typeof example === "string" ? example : ofSchema(schema, type, config, example);
}});
const part = (document, [place, key, name]) => {
  const components = {}, here = place === "components";
  const references = /"#[/]components[/]([a-zA-Z]+)[/]([^"]+)"/g;
  const add = (value) => {
    for (const [, kind, name] of JSON.stringify(value ?? null).matchAll(references)) {
      const known = components[kind] ??= {};
      if (!(name in known)) add(known[name] = document.components[kind][name]);
    }
  };
  const of = document[place][key], chosen = name ? {[name]: of[name]} : of;
  if (here) components[key] = {...chosen};
  add(chosen);
  return {...document, paths: here ? {} : {[key]: chosen}, components};
};
const Parts = () => ({afterLoad() {
  const ofWhole = this.fn.resolveSubtree;
  this.fn.resolveSubtree = (document, path, options) => ofWhole(part(document, path), path, options);
}});
SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", plugins: [Lines, Parts],
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout",
  docExpansion: "none", filter: true, deepLinking: true, persistAuthorization: true});
</script>
</body>
</html>
"""

# AsyncAPI's page from npm, and the document that it shows; see the README beside them.
EVENTS = Path(__file__).parent.parent / "content" / "events_page"
EVENT_FILES = {"asyncapi.css": "text/css", "asyncapi.json": "application/json"}
# Its parser compiles schemas while it runs. What the page may fetch, it may fetch from here.
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src 'self' data:; form-action 'none'"
EVENTS_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Steward events</title>
<link rel="icon" href="/docs/favicon.png">
<link rel="stylesheet" href="/docs/events/asyncapi.css">
</head>
<body>
<div id="asyncapi">Loading the events ...</div>
<script src="/docs/events/asyncapi.js"></script>
<script>
AsyncApiStandalone.render(
  {schema: {url: "/docs/events/asyncapi.json"}, config: {show: {sidebar: true}}},
  document.getElementById("asyncapi"));
</script>
</body>
</html>
"""


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """One OpenAPI 3.1 document of all services."""
    documents: Documents = request.app.state.documents
    body, tag = await documents.merged()
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, headers={"ETag": tag}, media_type="application/json")


@router.get("/docs")
async def docs() -> Response:
    """Swagger UI over /openapi.json."""
    return Response(API_PAGE, media_type="text/html")


@router.get("/docs/events")
async def events() -> Response:
    """The events, for people."""
    headers = {"Content-Security-Policy": POLICY}
    return Response(EVENTS_PAGE, headers=headers, media_type="text/html")


@router.get("/docs/events/asyncapi.js")
async def events_script(request: Request) -> Response:
    """The script of that page, stored compressed."""
    body = (EVENTS / "asyncapi.js.gz").read_bytes()
    headers = {**A_DAY, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, headers=headers, media_type="text/javascript")


@router.get("/docs/events/{name}")
async def events_file(name: str) -> Response:
    """The looks of that page, and the AsyncAPI document. Raises NotFound `route-unknown`."""
    if name not in EVENT_FILES:
        raise NotFound("route-unknown", "There is no such file.")
    return FileResponse(
        EVENTS / name, media_type=EVENT_FILES[name], headers=A_DAY if name.endswith("css") else None
    )


@router.get("/docs/{name}")
async def docs_file(name: str) -> Response:
    """A file of Swagger UI. Raises NotFound `route-unknown`."""
    if name not in FILES:
        raise NotFound("route-unknown", "There is no such file.")
    return FileResponse(STATIC / name, headers=A_DAY)
