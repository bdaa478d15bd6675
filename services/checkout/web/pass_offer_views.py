"""What the shop shows of passes that are on sale: their rows, and the page on which one is bought. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from chassis import formats
from chassis.money import Money
from checkout.catalogue.domain import Catalogue, SaleState, price_of, sale_state
from checkout.web.forms import FIRST_NAME, LAST_NAME, email_problem, sentences
from checkout.web.way_views import PayOption
from events import CataloguePassChanged
from languages import gettext, gettext_noop, ngettext
from ui.poster import poster_class

_ON_THE_PASS: Final = gettext_noop("It goes on the pass.")
_PASS_GOES_THERE: Final = gettext_noop("Your pass goes there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRow:
    """A kind of pass as people read it.

    entries: `10 entries, good for 90 days`
    price: `$180.00`
    member: what members save; empty when nothing
    """

    pass_id: str
    name: str
    poster_size: str
    entries: str
    includes: tuple[str, ...]
    price: str
    member: str


@dataclass(frozen=True, slots=True)
class PassForm:
    """The form as it was typed. `attempt`: the same one buys once."""

    pass_id: str
    attempt: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    member: bool = False
    payment_option: str = ""

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> PassForm:
        """Of what a browser sends; nothing of it is trusted."""
        texts = {name: str(data.get(name, "")).strip()[:200] for name in ("first_name", "last_name", "email")}
        return cls(
            pass_id=str(data.get("pass", ""))[:60],
            attempt=str(data.get("attempt", ""))[:64],
            member=data.get("member") == "yes",
            payment_option=str(data.get("payment_option", ""))[:60].lower(),
            **texts,
        )

    def body(self) -> dict[str, Any]:
        """The same as the API's body has it."""
        customer = {
            "firstName": self.first_name,
            "lastName": self.last_name,
            "email": self.email,
            "businessType": "individual",
        }
        return {
            "passId": self.pass_id,
            "isSixFBMember": self.member,
            "customerData": customer,
            "paymentOption": self.payment_option or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOfferView:
    """The page on which a pass is bought. `summary` and `fields`: what stands in the way. `ways`: as `RegisterView`."""

    row: PassRow
    form: PassForm
    ways: tuple[PayOption, ...] | None = None
    provided: bool = False
    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def problem(self, name: str) -> str | None:
        """The sentence below a field."""
        return self.fields.get(name)


def pass_rows(catalogue: Catalogue, *, now: datetime) -> tuple[PassRow, ...]:
    """The kinds of pass that are on sale now, the cheapest first."""
    kinds = (kind for kind in catalogue.passes.values() if not kind.withdrawn)
    on_sale = (kind for kind in kinds if sale_state(kind, now) is SaleState.OPEN)
    return tuple(pass_row(kind) for kind in sorted(on_sale, key=lambda kind: (kind.price, kind.pass_id)))


def pass_row(kind: CataloguePassChanged) -> PassRow:
    """One of them."""
    price = price_of(kind, quantity=1, member=False, code=None)
    return PassRow(
        pass_id=kind.pass_id,
        name=kind.name,
        poster_size=poster_class(kind.name),
        entries=gettext("%(entries)s, good for %(days)s", entries=_entries(kind.entries), days=_days(kind.valid_days)),
        includes=kind.includes,
        price=formats.money(Money(price.amount, price.currency)),
        member=_saving(kind.member_discount_percent) if kind.member_discount_percent else "",
    )


def _entries(count: int) -> str:
    return ngettext("%(count)s entry", "%(count)s entries", count)


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count)


def _saving(percent: int) -> str:
    return gettext("%(percent)s%% off", percent=percent)


def check_pass(form: PassForm) -> dict[str, str]:
    """What is missing, by field, in the order of the page."""
    return dict(_missing(form))


def _missing(form: PassForm) -> Iterator[tuple[str, str]]:
    if not form.first_name:
        yield "first_name", sentences(FIRST_NAME, _ON_THE_PASS)
    if not form.last_name:
        yield "last_name", sentences(LAST_NAME, _ON_THE_PASS)
    if problem := email_problem(form.email, _PASS_GOES_THERE):
        yield "email", problem
