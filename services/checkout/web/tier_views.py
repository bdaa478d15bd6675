"""A tier as rows and pickers show it: its price as charged, its comb and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from checkout.seats.stock import StockStatus, TierStock
from checkout.web.forms import RegisterForm
from checkout.web.ports import Tier
from ui import formats

Tick = Literal["sold", "held", "free"]
_MOST_TICKS: Final = 50


@dataclass(frozen=True, slots=True)
class TierView:
    """A tier's row. `left` is None while the stock is not known; prices are texts, `*_minor` for the live price."""

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
    chosen: bool


def tier_view(tier: Tier, stock: TierStock | None, form: RegisterForm | None) -> TierView:
    """A tier with its price as charged and what is left of it."""
    member = form is not None and form.member and tier.member_price != tier.price
    left = None if stock is None else max(0, stock.available)
    out = stock is not None and (not left or stock.status in {StockStatus.SOLD_OUT, StockStatus.CLOSED})
    return TierView(
        id=tier.id,
        name=tier.name,
        short_name=tier.short_name,
        price=formats.money(tier.member_price if member else tier.price),
        struck=formats.money_short(tier.price) if member else None,
        price_minor=tier.price.amount,
        member_minor=tier.member_price.amount,
        member_label=tier.member_label,
        includes=tier.includes,
        ticks=comb_ticks(stock) if stock else (),
        left=0 if out else left,
        left_text=_left_text(stock, out=out),
        low=stock is not None and not out and stock.status is StockStatus.LOW,
        sold_out=out,
        chosen=form is not None and form.tier == tier.id,
    )


def comb_ticks(stock: TierStock) -> tuple[Tick, ...]:
    """At most 50 ticks. One held or one free seat is never rounded away."""
    count = min(stock.public_limit, _MOST_TICKS)
    if count <= 0:
        return ()
    free = _share(max(0, stock.available), stock.public_limit, count)
    held = min(-(-stock.held * count // stock.public_limit), count - free)
    return (*_run("sold", count - free - held), *_run("held", held), *_run("free", free))


def seats(quantity: int) -> str:
    """1 seat, 2 seats."""
    return f"{quantity} seat" if quantity == 1 else f"{quantity} seats"


def _run(tick: Tick, count: int) -> tuple[Tick, ...]:
    return (tick,) * count


def _share(part: int, whole: int, ticks: int) -> int:
    return 0 if part == 0 else max(1, min(ticks, (part * ticks) // whole))


def _left_text(stock: TierStock | None, *, out: bool) -> str:
    if stock is None:
        return "Seats left: not known right now"
    return "Sold out" if out else f"{stock.available} of {stock.public_limit} seats left"
