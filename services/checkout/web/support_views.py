"""What the pages of help and feedback show: pure functions from values to views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from chassis.ids import display_number
from checkout.feedback.domain import Feedback
from checkout.orders.domain import Order
from checkout.web.forms import email_problem
from checkout.web.purchase_views import Phase
from events import SupportKind
from languages import gettext, gettext_noop, translate

KINDS: Final[Mapping[SupportKind, str]] = MappingProxyType(
    {
        SupportKind.MISSING_PURCHASE: gettext_noop("I paid, and something is missing"),
        SupportKind.PAYMENT: gettext_noop("A payment"),
        SupportKind.REFUND: gettext_noop("I can’t come, or want my money back"),
        SupportKind.TICKETS: gettext_noop("My tickets, or a name on them"),
        SupportKind.OTHER: gettext_noop("Something else"),
    }
)
ANSWER_GOES_THERE: Final = gettext_noop("The answer goes there.")
NO_KIND: Final = gettext_noop("Choose what it is about.")
NO_TEXT: Final = gettext_noop("Write what you need.")
NO_SCORE: Final = gettext_noop("Choose a number from 1 to 5.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportForm:
    """The form as it was typed; `order_id` is the browser's own order that it is about."""

    kind: str = ""
    email: str = ""
    order_said: str = ""
    text: str = ""
    order_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpKindView:
    """Something that a customer may need help with."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportView:
    """The page on which a customer calls for help.

    number: of the order that it is about; empty where the customer has to say it
    """

    form: SupportForm
    kinds: Sequence[HelpKindView]
    number: str = ""
    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def problem(self, name: str) -> str | None:
        """The sentence below a field."""
        return self.fields.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackView:
    """How content the buyer of an order is.

    asked: whether to ask
    given: whether they have said it
    problem: what was wrong with what they sent
    """

    asked: bool
    given: bool
    problem: str = ""


def check_support(form: SupportForm, *, known: bool) -> dict[str, str]:
    """What is missing, by field, in the order of the page; `known`: whether the customer's order is."""
    return dict(_problems(form, known=known))


def support_view(
    form: SupportForm, order: Order | None, *, summary: str = "", fields: Mapping[str, str] | None = None
) -> SupportView:
    """The form, with what is wrong with it."""
    kinds = [
        HelpKindView(value=kind.value, text=translate(text), chosen=kind.value == form.kind)
        for kind, text in KINDS.items()
    ]
    return SupportView(
        form=form,
        kinds=kinds,
        number=display_number(order.number) if order else "",
        summary=summary,
        fields=MappingProxyType(dict(fields or {})),
    )


def taken_sentences(kind: str, email: str) -> Sequence[str]:
    """What happens next."""
    answer = gettext("A person reads it and answers to %(email)s.", email=email)
    if kind != SupportKind.MISSING_PURCHASE:
        return (answer,)
    meanwhile = gettext("Meanwhile “Find my purchase”, below, sends you a link to all that we have for your address.")
    return (answer, meanwhile)


def feedback_view(phase: Phase, given: Feedback | None, *, problem: bool = False) -> FeedbackView:
    """Who has their tickets is asked, once."""
    return FeedbackView(
        asked=phase == "in" and given is None, given=given is not None, problem=translate(NO_SCORE) if problem else ""
    )


def _problems(form: SupportForm, *, known: bool) -> Iterator[tuple[str, str]]:
    if SupportKind.known(form.kind) is None:
        yield "kind", translate(NO_KIND)
    if not known and (email := email_problem(form.email, ANSWER_GOES_THERE)):
        yield "email", email
    if not form.text:
        yield "text", translate(NO_TEXT)
