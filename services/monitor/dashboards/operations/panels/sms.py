"""Panel `sms_delivery_status`: what became of the text messages of the last hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from monitor.dashboards.formats import NONE_YET, percent
from monitor.figures.domain import SmsCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsRow:
    """A state that messages are in.

    mark: its sign
    word: its name
    count: how many messages
    share: of all of them
    """

    mark: str
    word: str
    count: int
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsPanel:
    """Every state, also one that no message is in."""

    rows: Sequence[SmsRow]

    @classmethod
    def of(cls, sms: SmsCounts) -> Self:
        total = sms.delivered + sms.failed + sms.waiting + sms.unsent
        states = (
            ("ok", "Delivered", sms.delivered),
            ("critical" if sms.failed else "off", "Failed", sms.failed),
            ("waiting", "No receipt yet", sms.waiting),
            ("waiting", "Not sent yet", sms.unsent),
        )
        return cls(rows=[_row(*state, total=total) for state in states])


def _row(mark: str, word: str, count: int, *, total: int) -> SmsRow:
    return SmsRow(mark=mark, word=word, count=count, share=f"{percent(count / total)}%" if total else NONE_YET)
