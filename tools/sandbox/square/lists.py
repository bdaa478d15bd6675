"""Square's lists: a stretch of time, an order, and a cursor that says where the page before ended."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Iterable

from sandbox.core.http import Record
from sandbox.square.errors import SquareRefusedError

_PAGE = 100
_SORTS = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at"}
# As Square's page on listing says: a year back, until now, by when it was made, the newest first.
_BEGIN = dt.timedelta(days=365)


def page_of(
    rows: Iterable[Record], query: Record, keep: Callable[[Record], bool], *, now: dt.datetime
) -> tuple[list[Record], str | None]:
    """A page, and the cursor of the next one. Raises SquareRefusedError."""
    by = _one_of(query, "sort_field", _SORTS, "CREATED_AT")
    descending = _one_of(query, "sort_order", {"ASC": "", "DESC": "yes"}, "DESC") == "yes"
    begin = _moment(query, "begin_time") or now - _BEGIN
    end = _moment(query, "end_time") or now + dt.timedelta(days=1)
    changed_since, changed_until = _moment(query, "updated_at_begin_time"), _moment(query, "updated_at_end_time")
    if (changed_since or changed_until) and by != "updated_at":
        words = "`updated_at_begin_time` and `updated_at_end_time` need sort_field UPDATED_AT."
        raise SquareRefusedError(400, "BAD_REQUEST", words, field="sort_field")

    def fits(row: Record) -> bool:
        created, updated = read_moment(row["created_at"]), read_moment(row["updated_at"])
        within = begin <= created <= end or changed_since is not None
        changed = (changed_since or updated) <= updated <= (changed_until or updated)
        return within and changed and keep(row)

    found = sorted(filter(fits, rows), key=lambda row: (row[by], row["id"]), reverse=descending)
    return _cut(found, query, by, descending=descending)


def _cut(found: list[Record], query: Record, by: str, *, descending: bool) -> tuple[list[Record], str | None]:
    limit = query.get("limit", _PAGE)
    size = limit if isinstance(limit, int) and 1 <= limit <= _PAGE else _PAGE
    last = _read_cursor(query["cursor"]) if query.get("cursor") else None
    if last is not None:
        found = [row for row in found if ((row[by], row["id"]) > last) != descending and (row[by], row["id"]) != last]
    page = found[:size]
    more = len(found) > size
    return page, _cursor(page[-1][by], page[-1]["id"]) if more else None


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


def _moment(query: Record, name: str) -> dt.datetime | None:
    if not query.get(name):
        return None
    try:
        return read_moment(query[name])
    except ValueError as error:
        raise SquareRefusedError(400, "INVALID_TIME", "Not a timestamp of RFC 3339.", field=name) from error


def read_moment(text: str) -> dt.datetime:
    """Raises ValueError."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
