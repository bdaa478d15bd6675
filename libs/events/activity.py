"""Events of what visitors do. Those of their browsers may be lost; what they write to us may not (C-10)."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, OrderId, Vocabulary, words_of
from events.order_words import OrderSource
from events.orders import OrderLine
from events.topics import Topic


class SitePage(Vocabulary):
    """The pages that visitors see, by what they are for."""

    WORKSHOPS = "workshops"
    REGISTER = "register"
    BUY_PASSES = "buy_passes"
    WAITLIST = "waitlist"
    SUCCESS = "success"
    CANCEL = "cancel"
    PASSES = "passes"
    FIND = "find"
    SUPPORT = "support"
    OTHER = "other"


class Vital(Vocabulary):
    """How a page felt, as browsers measure it."""

    LCP = "LCP"
    INP = "INP"
    CLS = "CLS"


class SupportKind(Vocabulary):
    """What customers need help with."""

    MISSING_PURCHASE = "missing_purchase"
    PAYMENT = "payment"
    REFUND = "refund"
    TICKETS = "tickets"
    OTHER = "other"


class ActivityEvent(Event):
    """Something that a visitor did.

    The visitor of a page is a random id that its browser forgets when the tab is closed; nothing leads from it to a
    person. Of what a customer tells us it is the order, or the request for help.
    """

    topic: ClassVar[Topic] = Topic.ACTIVITY

    visitor_id: Annotated[str, Field(description="the visitor of the web client")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it happened, or was told of")]

    @property
    def key(self) -> str:
        return self.visitor_id


class ActivityPageView(ActivityEvent):
    """A visitor sees a page: of each page, and each city on it, the first time in a visit."""

    type: ClassVar[str] = "fullhouse.activity.page_view.v1"

    page: Annotated[str, words_of(SitePage, "which page")]
    city_id: Annotated[str | None, Field(description="the city that it is about, if it is about one")] = None


class ActivityFormStart(ActivityEvent):
    """A visitor begins to fill in the form of a purchase, the first time in a visit."""

    type: ClassVar[str] = "fullhouse.activity.form_start.v1"

    city_id: Annotated[str, Field(description="the city that it is about")]


class ActivityTicketSelected(ActivityEvent):
    """A visitor chooses a ticket, or goes on with the one that the page proposes, the first time in a visit."""

    type: ClassVar[str] = "fullhouse.activity.ticket_selected.v1"

    city_id: Annotated[str, Field(description="the city that it is for")]
    tier: Annotated[str, Field(description="the tier's id")]


class ActivityWebVital(ActivityEvent):
    """How a page felt to a visitor, measured by the browser."""

    type: ClassVar[str] = "fullhouse.activity.web_vital.v1"

    page: Annotated[str, words_of(SitePage, "which page")]
    vital: Annotated[str, words_of(Vital, "what was measured")]
    value: Annotated[float, Field(description="milliseconds for LCP and INP; CLS has no unit")]


class ActivityCheckoutStarted(Event):
    """A visitor begins to pay: the server's own entry in the funnel, with the price (C-10, E-11)."""

    type: ClassVar[str] = "fullhouse.activity.checkout_started.v1"
    topic: ClassVar[Topic] = Topic.ACTIVITY

    visitor_id: Annotated[str, Field(description="the visitor of the web client")]
    order_id: Annotated[OrderId, Field(description="the order that is being paid")]
    lines: Annotated[tuple[OrderLine, ...], Field(description="what is to be paid for")]
    currency: Annotated[str, Field(description="ISO 4217")]
    member: Annotated[bool, Field(description="whether the member's price was asked for and given")]
    source: Annotated[str, words_of(OrderSource, "where the order comes from")]
    occurred_at: Annotated[AwareDatetime, Field(description="when the visitor began to pay")]

    @property
    def key(self) -> str:
        return self.visitor_id


class ActivityFeedback(ActivityEvent):
    """A customer says how content they are with a purchase; what they wrote stays where it is (C-10)."""

    type: ClassVar[str] = "fullhouse.activity.feedback.v1"

    order_id: Annotated[OrderId, Field(description="the purchase")]
    score: Annotated[int, Field(description="from 1, not at all, to 5, very")]
    source: Annotated[str, words_of(OrderSource, "where the order came from")]


class ActivitySupportRequest(ActivityEvent):
    """A customer calls for help; who it is and what they wrote stays where it is (C-10)."""

    type: ClassVar[str] = "fullhouse.activity.support_request.v1"

    request_id: Annotated[UUID, Field(description="the request")]
    order_id: Annotated[OrderId | None, Field(description="the purchase that it is about, if one is known")] = None
    kind: Annotated[str, words_of(SupportKind, "what it is about")]
    known: Annotated[bool, Field(description="whether the order, or anything of the address, is known here")] = True


class ActivitySupportClosed(ActivityEvent):
    """Somebody has dealt with a customer's call for help."""

    type: ClassVar[str] = "fullhouse.activity.support_closed.v1"

    request_id: Annotated[UUID, Field(description="the request")]
    kind: Annotated[str, words_of(SupportKind, "what it was about")]
    known: Annotated[bool, Field(description="as it was said of the request")] = True
