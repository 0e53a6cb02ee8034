"""The OpenAPI description of the REST interface, made from the table of its paths and the classes that travel."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Dict, List

import msgspec
from starlette.responses import Response

from trainshed.contract.version import VERSION
from trainshed.server.api.answers import answer
from trainshed.server.api.asking import Ask

if TYPE_CHECKING:
    from trainshed.server.api.table import Endpoint

_PART = re.compile(r"{(\w+)(?::\w+)?}")
_REF = "#/components/schemas/{name}"


async def describe(ask: Ask) -> Response:
    """This interface as OpenAPI 3.1."""
    return answer(description())


@lru_cache(maxsize=1)
def description() -> Dict[str, Any]:
    """The whole description."""
    from trainshed.server.api.table import ENDPOINTS, PREFIX

    named = [kind for e in ENDPOINTS for kind in (e.takes, e.gives) if kind not in (None, bytes)]
    kinds = list(dict.fromkeys(named))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    schema_of = dict(zip(kinds, schemas))
    components["Error"] = {
        "type": "object",
        "required": ["code", "message", "facts"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "facts": {"type": "object"}},
    }
    paths: Dict[str, Dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        place = paths.setdefault(PREFIX + _PART.sub(r"{\1}", endpoint.path), {})
        place[endpoint.method.lower()] = _operation(endpoint, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Trainshed", "version": VERSION},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(endpoint: Endpoint, schema_of: Dict[Any, Any]) -> Dict[str, Any]:
    text = (endpoint.handler.__doc__ or "").strip()
    who = ", ".join(endpoint.kinds) or "anyone"
    operation: Dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "summary": text,
        "description": "Token of: %s." % who,
        "parameters": _parameters(endpoint),
        "responses": {
            str(endpoint.status): {"description": "", **_content(endpoint.gives, schema_of)},
            "default": {
                "description": "an error",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if endpoint.kinds:
        operation["security"] = [{"token": []}]
    if endpoint.takes is not None:
        operation["requestBody"] = {"required": True, **_content(endpoint.takes, schema_of)}
    return operation


def _parameters(endpoint: Endpoint) -> List[Dict[str, Any]]:
    text = {"type": "string"}
    found = [{"name": n, "in": "path", "required": True, "schema": text} for n in _PART.findall(endpoint.path)]
    for name in endpoint.query.split():
        schema = {"type": "array", "items": text} if name.endswith("*") else text
        found.append({"name": name.rstrip("*"), "in": "query", "required": False, "schema": schema})
    return found


def _content(kind: Any, schema_of: Dict[Any, Any]) -> Dict[str, Any]:
    if kind is None:
        return {}
    if kind is bytes:
        return {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    return {"content": {"application/json": {"schema": schema_of[kind]}}}
