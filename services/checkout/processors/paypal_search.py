"""PayPal's transaction search, read in windows of a month and in pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import SecretStr

from chassis.clock import Clock, utc_text
from checkout.processors.paypal_calls import PaypalCalls
from checkout.processors.paypal_rows import payments_in, read_row, rows_of

_WINDOW: Final = timedelta(days=30)
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Rows of one page, and where the next one goes on; None at the end."""

    rows: Sequence[Mapping[str, Any]]
    after: str | None


class PaypalSearch:
    """Raises ProcessorFailure."""

    def __init__(self, calls: PaypalCalls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock

    async def page(self, token: SecretStr, *, since: datetime, after: str | None, deadline: timedelta) -> SearchPage:
        """`after`: begin and end of a window, and its page, as the page before has said it."""
        begin, end, number = self._window(since) if after is None else _place_of(after)
        query = {
            "start_date": _second(begin), "end_date": _second(end), "fields": "transaction_info", "page": number,
            "page_size": _PAGE,
        }  # fmt: skip
        path = f"/v1/reporting/transactions?{urlencode(query)}"
        found = await self._calls.read("transactions.search", path, token, _payments, deadline=deadline)
        return SearchPage(rows_of(found), self._next(begin, end, number, int(found.get("total_pages") or 0)))

    async def every(self, token: SecretStr, *, since: datetime, deadline: timedelta) -> Sequence[Mapping[str, Any]]:
        """All rows since a moment."""
        rows: list[Mapping[str, Any]] = []
        after: str | None = None
        while True:
            page = await self.page(token, since=since, after=after, deadline=deadline)
            rows += page.rows
            after = page.after
            if after is None:
                return rows

    def _window(self, begin: datetime) -> tuple[datetime, datetime, int]:
        return begin, max(begin, min(begin + _WINDOW, self._clock.now())), 1

    def _next(self, begin: datetime, end: datetime, number: int, pages: int) -> str | None:
        if number < pages:
            return f"{utc_text(begin)}|{utc_text(end)}|{number + 1}"
        if end - begin < _WINDOW:
            return None
        begin, end, number = self._window(end)
        return f"{utc_text(begin)}|{utc_text(end)}|{number}"


def _payments(found: Mapping[str, Any]) -> object:
    return [read_row(row) for row in payments_in(rows_of(found)).values() if row is not None]


def _place_of(after: str) -> tuple[datetime, datetime, int]:
    begin, end, number = after.split("|")
    return datetime.fromisoformat(begin), datetime.fromisoformat(end), int(number)


def _second(moment: datetime) -> str:
    return utc_text(moment.replace(microsecond=0))
