"""Square's lists: a stretch of time, an order, and a cursor that says where the page before ended."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import heapq
import json
from collections.abc import Callable, Iterable

from sandbox.core.http import Record
from sandbox.core.messages import iso
from sandbox.square.errors import SquareRefusedError

_PAGE = 100
_SORTS = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at"}
# As Square's page on listing says: a year back, until now, by when it was made, the newest first.
_DAY = 86_400.0
_BEGIN = 365 * _DAY


def page_of(
    rows: Iterable[Record], query: Record, keep: Callable[[Record], bool], *, now: float
) -> tuple[list[Record], str | None]:
    """A page, and the cursor of the next one. Raises SquareRefusedError.

    All times are written alike, so that texts compare as they do: a list may be long, and is read page by page.
    """
    by = _one_of(query, "sort_field", _SORTS, "CREATED_AT")
    descending = _one_of(query, "sort_order", {"ASC": "", "DESC": "yes"}, "DESC") == "yes"
    changed = "updated_at_begin_time" in query or "updated_at_end_time" in query
    if changed and by != "updated_at":
        words = "`updated_at_begin_time` and `updated_at_end_time` need sort_field UPDATED_AT."
        raise SquareRefusedError(400, "BAD_REQUEST", words, field="sort_field")
    column, name = ("updated_at", "updated_at_{}_time") if changed else ("created_at", "{}_time")
    begin = _moment(query, name.format("begin"), now - _BEGIN)
    end = _moment(query, name.format("end"), now + _DAY)
    last = _read_cursor(query["cursor"]) if query.get("cursor") else None

    def place(row: Record) -> tuple[str, str]:
        return row[by], row["id"]

    def fits(row: Record) -> bool:
        after = last is None or (place(row) < last if descending else place(row) > last)
        return after and begin <= row[column] <= end and keep(row)

    size, pick = _size(query), heapq.nlargest if descending else heapq.nsmallest
    found = pick(size + 1, filter(fits, rows), key=place)
    more = len(found) > size
    return found[:size], _cursor(*place(found[size - 1])) if more else None


def _size(query: Record) -> int:
    limit = query.get("limit", _PAGE)
    return limit if isinstance(limit, int) and 1 <= limit <= _PAGE else _PAGE


def _cursor(moment: str, row_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([moment, row_id]).encode()).decode()


def _read_cursor(cursor: str) -> tuple[str, str]:
    try:
        moment, row_id = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, binascii.Error, TypeError) as error:
        raise SquareRefusedError(400, "INVALID_CURSOR", "The pagination cursor is invalid.", field="cursor") from error
    return moment, row_id


def _one_of(query: Record, name: str, choices: dict[str, str], otherwise: str) -> str:
    value = query.get(name, otherwise)
    if value not in choices:
        words = f"`{value}` is not a valid enum value for `{name}`."
        raise SquareRefusedError(400, "INVALID_ENUM_VALUE", words, field=name)
    return choices[value]


def _moment(query: Record, name: str, otherwise: float) -> str:
    try:
        return iso(dt.datetime.fromisoformat(query[name]).timestamp() if query.get(name) else otherwise)
    except ValueError as error:
        raise SquareRefusedError(400, "INVALID_TIME", "Not a timestamp of RFC 3339.", field=name) from error
