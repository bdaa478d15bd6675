"""A tier as rows and pickers show it: its price as charged, its comb and what is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from chassis import formats
from chassis.money import Money
from checkout.catalogue.domain import Catalogue, SaleState, price_of
from checkout.seats.stock import Stock, TierStock
from checkout.web.forms import RegisterForm
from checkout.web.receipt_views import percent_off
from config import PoolStatus
from events import CatalogueCityChanged
from languages import gettext, gettext_noop, ngettext, translate

Tick = Literal["sold", "held", "free"]
_MOST_TICKS: Final = 50
_OUT: Final = frozenset({PoolStatus.SOLD_OUT, PoolStatus.CLOSED})
_NOT_OPEN: Final = MappingProxyType(
    {SaleState.NOT_YET: gettext_noop("Not on sale yet"), SaleState.OVER: gettext_noop("Sale ended")}
)


@dataclass(frozen=True, slots=True)
class TierView:
    """A tier's row. `left` is None while the stock is not known; prices are texts, `*_minor` for the live price.

    `sold_out`: nothing is left; `closed`: it is not sold now, however much there is.
    """

    id: str
    name: str
    short_name: str
    price: str
    struck: str | None
    price_minor: int
    member_minor: int
    member_label: str
    includes: tuple[str, ...]
    ticks: tuple[Tick, ...]
    left: int | None
    left_text: str
    low: bool
    sold_out: bool
    closed: bool
    chosen: bool

    @property
    def buyable(self) -> bool:
        """Whether it can be chosen."""
        return not (self.sold_out or self.closed)


def tier_views(
    catalogue: Catalogue,
    city: CatalogueCityChanged,
    stock: Stock | None,
    form: RegisterForm | None,
    *,
    sale: SaleState = SaleState.OPEN,
) -> tuple[TierView, ...]:
    """The tiers of a city; with a form its member price and its choice. Outside its sale, stock is nobody's news."""
    levels = _levels(city, stock if sale is SaleState.OPEN else None)
    views = (_tier_view(catalogue, city, tier_id, levels.get(tier_id), form) for tier_id in city.offered)
    note = _NOT_OPEN.get(sale)
    return tuple(views if note is None else (replace(view, left_text=translate(note), closed=True) for view in views))


def first_choice(city: CatalogueCityChanged, stock: Stock | None) -> str:
    """The tier chosen for the buyer at first: the first that has seats; empty when none has."""
    levels = _levels(city, stock)
    return next((tier_id for tier_id in city.offered if not _is_out(levels.get(tier_id))), "")


def fitting(form: RegisterForm, city: CatalogueCityChanged, stock: Stock | None, *, most: int) -> RegisterForm:
    """The form without a tier that is gone, and with a number of seats that there is."""
    level = _levels(city, stock).get(form.tier)
    if form.tier not in city.offered or _is_out(level):
        return replace(form, tier="")
    return replace(form, quantity=min(form.quantity, most_of(most, level.available if level else None)))


def most_of(most: int, left: int | None) -> int:
    """How many seats one order may have, of a tier with so many left (None: not known)."""
    return most if left is None else max(1, min(most, left))


def comb_ticks(stock: TierStock) -> tuple[Tick, ...]:
    """At most 50 ticks. One held or one free seat is never rounded away."""
    count = min(stock.public_limit, _MOST_TICKS)
    if count <= 0:
        return ()
    free = _share(stock.available, stock.public_limit, count)
    held = min(-(-stock.held * count // stock.public_limit), count - free)
    return (*_run("sold", count - free - held), *_run("held", held), *_run("free", free))


def seats(quantity: int) -> str:
    """1 seat, 2 seats."""
    return ngettext("%(count)s seat", "%(count)s seats", quantity)


def _tier_view(
    catalogue: Catalogue, city: CatalogueCityChanged, tier_id: str, stock: TierStock | None, form: RegisterForm | None
) -> TierView:
    tier = city.tiers[tier_id]
    price = Money(tier.price, tier.currency)
    member_price = Money(price_of(tier, quantity=1, member=True, code=None).unit_price, tier.currency)
    member = form is not None and form.member and member_price != price
    out = _is_out(stock)
    return TierView(
        id=tier_id,
        name=tier.name,
        short_name=catalogue.short_name(city.city_id, tier_id),
        price=formats.money(member_price if member else price),
        struck=formats.money_short(price) if member else None,
        price_minor=price.amount,
        member_minor=member_price.amount,
        member_label=percent_off(tier),
        includes=tier.includes,
        ticks=comb_ticks(stock) if stock else (),
        left=None if stock is None else 0 if out else stock.available,
        left_text=_left_text(stock),
        low=stock is not None and stock.status is PoolStatus.LOW,
        sold_out=stock is not None and stock.status is PoolStatus.SOLD_OUT,
        closed=stock is not None and stock.status is PoolStatus.CLOSED,
        chosen=form is not None and form.tier == tier_id and not out,
    )


def _levels(city: CatalogueCityChanged, stock: Stock | None) -> Mapping[str, TierStock]:
    return (stock or {}).get(city.city_id, {})


def _is_out(stock: TierStock | None) -> bool:
    return stock is not None and stock.status in _OUT


def _run(tick: Tick, count: int) -> tuple[Tick, ...]:
    return (tick,) * count


def _share(part: int, whole: int, ticks: int) -> int:
    return 0 if part == 0 else max(1, min(ticks, (part * ticks) // whole))


def _left_text(stock: TierStock | None) -> str:
    match stock:
        case None:
            return gettext("Seats left: not known right now")
        case TierStock(status=PoolStatus.SOLD_OUT):
            return gettext("Sold out")
        case TierStock(status=PoolStatus.CLOSED):
            return gettext("Not on sale now")
        case _:
            return ngettext(
                "%(count)s of %(limit)s seats left",
                "%(count)s of %(limit)s seats left",
                stock.available,
                limit=stock.public_limit,
            )
