"""Answers as JSON: times in UTC with `Z`, as everywhere on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from chassis.clock import utc_text


def as_json(document: object) -> Any:
    """`document` with values that JSON knows; camelCase is the caller's."""
    return jsonable_encoder(document, custom_encoder={datetime: utc_text})


def json_response(document: object, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A 200 with this document."""
    return JSONResponse(as_json(document), headers=dict(headers or {}))
