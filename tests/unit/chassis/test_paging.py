from __future__ import annotations

import pytest

from chassis.paging import page_of

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("X-3")]

ROWS = ["a", "b", "c"]


async def find(limit: int) -> list[str]:
    return ROWS[:limit]


@pytest.mark.parametrize(
    ("limit", "page"), [(2, (["a", "b"], "after b")), (3, (ROWS, None)), (4, (ROWS, None)), (1, (["a"], "after a"))]
)
async def test_a_page_has_a_cursor_when_there_is_more(limit: int, page: tuple[list[str], str | None]) -> None:
    assert await page_of(find, limit=limit, cursor=lambda row: f"after {row}") == page


async def test_a_list_without_rows_is_one_page() -> None:
    async def nothing(_limit: int) -> list[str]:
        return []

    assert await page_of(nothing, limit=5, cursor=str) == ([], None)
