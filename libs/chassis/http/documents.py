"""JSON responses: times in UTC with `Z`, as everywhere on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from chassis.clock import utc_text


def as_json(document: object) -> Any:
    """`document` with JSON values only. It changes no names: the caller writes camelCase."""
    return jsonable_encoder(document, custom_encoder={datetime: utc_text})


def json_response(document: object, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A response with status 200 and this document."""
    return JSONResponse(as_json(document), headers=dict(headers or {}))
