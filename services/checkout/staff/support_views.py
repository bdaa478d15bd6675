"""What staff's page of help and feedback says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chassis import formats
from chassis.tokens import Role
from checkout.feedback.domain import Feedback, Satisfaction
from checkout.staff.order_list_views import NONE
from checkout.support.domain import SupportRequest
from checkout.support.models import support_out
from events import SupportKind

HOME: Final = "/staff/support"
# What only some may read.
HIDDEN: Final = "Only operators and admins read it."
_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        SupportKind.MISSING_PURCHASE: "Something is missing",
        SupportKind.PAYMENT: "A payment",
        SupportKind.REFUND: "A refund",
        SupportKind.TICKETS: "Tickets",
        SupportKind.OTHER: "Something else",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportRow:
    """A call for help, as pages show it.

    at: when it came
    mark, state: the shape and colour of where it stands, and that in a word
    what: what it is about
    who: where the customer can be answered
    order, order_id: the order that it is about, in the customer's words where it is not known to be theirs
    text: the customer's own words
    done: what was done about it, and by whom
    request_id: what commands call it
    """

    at: str
    mark: str
    state: str
    what: str
    who: str
    order: str
    order_id: str
    text: str
    done: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRow:
    """What a buyer said of a purchase."""

    at: str
    mark: str
    score: str
    text: str
    order_id: str


def support_rows(found: Iterable[SupportRequest], *, role: Role, now: datetime, zone: ZoneInfo) -> list[SupportRow]:
    """The list, in its order, as somebody with this role may see it."""
    return [_row(request, role, now, zone) for request in found]


def feedback_rows(found: Iterable[Feedback], *, role: Role, now: datetime, zone: ZoneInfo) -> list[FeedbackRow]:
    """The list, in its order."""
    return [
        FeedbackRow(
            at=formats.recent(each.given_at, zone.key, now=now),
            mark="ok" if each.score > 3 else "medium" if each.score == 3 else "high",
            score=f"{each.score} of 5",
            text=each.text if role.allows(Role.OPERATOR) or not each.text else HIDDEN,
            order_id=str(each.order_id),
        )
        for each in found
    ]


def satisfaction_sentence(satisfaction: Satisfaction) -> str:
    """How content buyers are."""
    if satisfaction.mean is None:
        return "nobody has said anything in 30 days"
    return f"{satisfaction.mean:.1f} of 5 on average, by {satisfaction.count} in 30 days"


def address(*, everything: bool = False, cursor: str | None = None) -> str:
    """The page with this filter, at this place."""
    query = {"all": "yes" if everything else None, "cursor": cursor}
    given = {name: value for name, value in query.items() if value}
    return f"{HOME}?{urlencode(given)}" if given else HOME


def _row(request: SupportRequest, role: Role, now: datetime, zone: ZoneInfo) -> SupportRow:
    shown = support_out(request, role)
    closed = request.closed_at is not None
    return SupportRow(
        at=formats.recent(request.made_at, zone.key, now=now),
        mark="off"
        if closed
        else "high"
        if request.known and request.kind == SupportKind.MISSING_PURCHASE
        else "waiting",
        state="Closed" if closed else "Open",
        what=_KINDS.get(request.kind, request.kind) + ("" if request.known else ", of nobody known here"),
        who=shown.email,
        order=request.order_said or NONE,
        order_id=str(request.order_id or ""),
        text=HIDDEN if shown.text is None else shown.text,
        done=f"{request.reason} ({request.closed_by})" if closed else "",
        request_id=str(request.request_id),
    )
