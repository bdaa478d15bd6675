"""Makes the OpenAPI document of what may be called from outside: conditions (C-13), and who may call what (C-12)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from chassis.errors import PROBLEM_MEDIA_TYPE, Condition, registered_conditions

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 problem document; `code` is stable, texts are not.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "instance": {"type": "string"},
        "traceId": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_DESCRIPTION: Final = """\
Bodies are JSON with camelCase names; times are UTC, money is in minor units of its currency.
Whatever is refused answers with a problem document (RFC 9457). Its `code` is stable and stands with status, meaning and
what to do in `x-error-codes`; texts may change. An unknown field or filter is refused.
A request whose answer got lost can be sent again where it takes an `Idempotency-Key`: the same key does nothing twice.
"""
_CONTENT: Final[dict[str, Any]] = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ANSWER: Final[dict[str, Any]] = {
    "description": "A refusal or failure; the codes are listed in the document's `x-error-codes`.",
    "content": _CONTENT,
}


def conditions(*kinds: type[Condition]) -> dict[int | str, dict[str, Any]]:
    """The conditions that a route may raise, for its `responses`: each status with its codes.

    Conditions that every route may raise (bad input, a missing token, an outage) need no mention.
    """
    by_status = groupby(sorted(kinds, key=lambda kind: (kind.status, kind.code)), key=lambda kind: kind.status)
    return {status: {"description": _codes(list(group)), "content": _CONTENT} for status, group in by_status}


def _codes(kinds: list[type[Condition]]) -> str:
    return "\n".join(f"- `{kind.code}`: {kind.meaning}" for kind in kinds)


def install_openapi(app: FastAPI, examples: Path | None = None) -> None:
    """Replaces FastAPI's document by one that lists our conditions; it is made once, at the first request for it.

    `examples`: a folder of JSON files with the operations' examples, read as one:
    `{"POST /api/…": {"request": …, "answers": {"200": …}}}`.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, _read(examples) if examples else {})
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _read(folder: Path) -> dict[str, Any]:
    files = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return {name: example for file in files for name, example in file.items()}


def _document(app: FastAPI, examples: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Calls between our own services are nobody else's: they are left out. Guards say themselves what they ask for."""
    public = [route for route in iter_route_contexts(app.routes) if not (route.path or "").startswith("/internal")]
    made = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=public)
    for path in made.get("paths", {}).values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _ANSWER
    for name, example in examples.items():
        method, path = name.split(" ")
        _show(made["paths"][path][method.lower()], example)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = _PROBLEM
    made["x-error-codes"] = [
        {"code": row.code, "status": row.status, "title": row.title, "meaning": row.meaning, "remedy": row.remedy}
        for row in registered_conditions()
    ]
    return made


def _show(operation: Mapping[str, Any], example: Mapping[str, Any]) -> None:
    if "request" in example:
        operation["requestBody"]["content"]["application/json"]["example"] = example["request"]
    for status, answer in example["answers"].items():
        operation["responses"][status]["content"]["application/json"]["example"] = answer
