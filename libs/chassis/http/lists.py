"""What every list has in common (X-3): checked filters, none silently ignored, and cursors."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, AwareDatetime, StringConstraints

from chassis.errors import InvalidRequest

# PostgreSQL can't store NUL, and no searched text has a control character.
_PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("Write a time that the calendar has") from None


def _plain(text: str) -> str:
    if not re.fullmatch(_PLAIN, text):
        raise ValueError("This has a control character")
    return text


PlainText = Annotated[str, StringConstraints(max_length=254, pattern=_PLAIN)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


def write_cursor(moment: datetime, item_id: object) -> str:
    """The cursor for the place right behind an item, in a list that is ordered by time and id."""
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), str(item_id)]).encode()).decode()


def read_cursor(text: str) -> tuple[datetime, str]:
    """The time and id of a cursor that `write_cursor` wrote; raises InvalidRequest for anything else."""
    try:
        moment, item_id = json.loads(base64.urlsafe_b64decode(text))
        return _in_utc(datetime.fromisoformat(moment)), _plain(item_id)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise no_cursor() from None


def read_place(text: str) -> tuple[datetime, UUID]:
    """The place that a cursor of a list has whose items have a UUID; raises InvalidRequest for anything else."""
    moment, item_id = read_cursor(text)
    try:
        return moment, UUID(item_id)
    except ValueError:
        raise no_cursor() from None


def no_cursor() -> InvalidRequest:
    """The error for a cursor with a place that this list can't have."""
    return InvalidRequest(fields={"cursor": "That is no cursor of this list."})


async def known_filters(request: Request) -> None:
    """A dependency of lists and streams that refuses unknown filters: a misspelt one would seem to let all pass."""
    known = frozenset(_filters(request.scope["route"].dependant))
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise RequestValidationError([{"type": "extra_forbidden", "loc": ("query", name)} for name in unknown])


def _filters(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _filters(inner)
