"""Panel `stripe_webhook_processing`: how many were handled and failed, minute by minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from chassis import formats
from monitor.dashboards.formats import NONE_YET, age, at_most
from monitor.figures.domain import DURATION_BUCKETS, WebhookCounts

MINUTES: Final = 60
LONGEST: Final = DURATION_BUCKETS[-1] / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A minute, in units of the picture: 10 wide, 100 high in all.

    x: where it begins
    done: how high the handled ones stand
    failed: how high the failed ones stand on them
    """

    x: int
    done: float
    failed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksPanel:
    """The last hour.

    bars: a picture of it
    top: the highest count of a minute
    done: how many were handled
    failed: how many failed
    p99: the time in which 99 % were handled
    begins: the time of the first bar
    ends: the time of the last one
    last_sale: when the last ticket was sold
    """

    bars: Sequence[Bar]
    top: int
    done: int
    failed: int
    p99: str
    begins: str
    ends: str
    last_sale: str

    @classmethod
    def of(cls, counts: WebhookCounts, *, last_sale: datetime | None, now: datetime, zone: str) -> Self:
        drawn, top = bars(counts, now=now)
        return cls(
            bars=drawn,
            top=top,
            done=counts.done_in_all,
            failed=counts.failed_in_all,
            p99=_within(counts.p99_ms),
            begins=formats.clock_time(now - timedelta(minutes=MINUTES), zone),
            ends=formats.clock_time(now, zone),
            last_sale=_sale(last_sale, now=now, zone=zone),
        )


def bars(counts: WebhookCounts, *, now: datetime) -> tuple[list[Bar], int]:
    """A bar a minute of the last hour, and the highest count."""
    first = now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    minutes = [first + timedelta(minutes=at) for at in range(MINUTES)]
    top = max((counts.done.get(each, 0) + counts.failed.get(each, 0) for each in minutes), default=0)
    scale = 100 / top if top else 0.0
    drawn = [
        Bar(x=at * 10, done=counts.done.get(each, 0) * scale, failed=counts.failed.get(each, 0) * scale)
        for at, each in enumerate(minutes)
    ]
    return drawn, top


def _within(milliseconds: int | None) -> str:
    return NONE_YET if milliseconds is None else " ".join(at_most(milliseconds / 1000, longest=LONGEST))


def _sale(moment: datetime | None, *, now: datetime, zone: str) -> str:
    if moment is None:
        return "none yet"
    return f"{formats.clock_time(moment, zone)}, {age(now - moment)} ago"
