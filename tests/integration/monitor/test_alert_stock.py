"""Stock levels as alerts, step by step down and up again."""

from __future__ import annotations

import pytest

from events import AlertRaised, AlertResolved
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.alert_bench import bench, crossing, opened

pytestmark = pytest.mark.asyncio


def stock(threshold: int, tier: str = "ga") -> str:
    return f"stock_level{{city=dallas,threshold={threshold},tier={tier}}}"


@pytest.mark.proves("A-3", "E-6")
async def test_stock_falls_step_by_step_and_rises_again(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        await b.tell(crossing(3, 10), crossing(4, 9), crossing(4, 9), crossing(9, 5))
        assert await b.story() == [
            ("raised", stock(10)),
            ("resolved", stock(10)),  # a notice closes itself
            ("raised", stock(9)),
            ("resolved", stock(9)),  # the lower step takes its place
            ("raised", stock(5)),
        ]
        before = len(await b.told())
        await b.tell(crossing(4, 9), crossing(3, 10), opened(8, 50))  # late and repeated: nothing turns back
        assert len(await b.told()) == before
        await b.tell(opened(11, 5))  # still at the threshold
        assert len(await b.told()) == before
        await b.tell(opened(12, 6))
        last = (await b.told())[-1]
        assert isinstance(last, AlertResolved)
        assert (last.fingerprint, last.reason) == (stock(5), "dallas GA now has 6 tickets remaining.")
        await b.tell(crossing(14, 2), crossing(15, 0))
        assert (await b.story())[-4:] == [
            ("raised", stock(2)),
            ("resolved", stock(2)),
            ("raised", stock(0)),
            ("resolved", stock(0)),
        ]
        ended = [event for event in await b.told() if isinstance(event, AlertResolved)]
        assert [event.summary for event in ended if event.fingerprint in {stock(2), stock(9)}] == [
            "dallas GA now has 5 tickets remaining.",
            "dallas GA is now sold out.",
        ]
        sold_out = next(event for event in await b.told() if event.fingerprint == stock(0))
        assert isinstance(sold_out, AlertRaised)
        assert "pagerduty" not in sold_out.channels
