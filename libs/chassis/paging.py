"""Pages of a list: one row more is read than shown, which tells whether there is a next page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")


async def page_of(
    find: Callable[[int], Awaitable[Sequence[Row]]], *, limit: int, cursor: Callable[[Row], str]
) -> tuple[list[Row], str | None]:
    """A page of up to `limit` rows, and the cursor of the next page, None at the end.

    `find` takes the most rows it may return; `cursor` gives the cursor for the place behind a row.
    """
    found = await find(limit + 1)
    rows = list(found[:limit])
    return rows, cursor(rows[-1]) if len(found) > limit else None
