"""Pages of the stock in each of their states: nothing there, all that can be amiss, long names and large numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.formats import zoned_time
from config import PoolStatus
from inventory.ledger.domain import LedgerEntry, LedgerRow, Operation
from inventory.limits.domain import Limits
from inventory.oversold.domain import OwedCustomer
from inventory.pools.domain import City, Pool
from inventory.pools.levels import status_of
from inventory.staff.ledger_views import ledger_lines, operations
from inventory.staff.limit_forms import Typed, Way
from inventory.staff.limit_views import TITLES, DoneView, change_rows, verb, ways, who_is_first, would_be
from inventory.staff.line_views import line_rows, states
from inventory.staff.owed_views import owed_rows
from inventory.staff.stock_views import city_rows, coming, named, needs, over
from inventory.waitlist.domain import EntryState
from inventory.waitlist.service import Standing
from tests.unit.inventory.staff.samples import city, owed, pool, standing
from tests.unit.monitor.samples import NOW
from tests.unit.pages.staff_states import CONFIG, PERSON, STOCK, ZONE

ALBUQUERQUE: Final = "Albuquerque at the Convention Center"
GERMAN: Final = "Mönchengladbach-Rheindahlen"
CITIES: Final = (
    city("dallas", pool("ga", 100, 120, sold=67, held=4), pool("vip", 30, 34, sold=27), name="Dallas", days=20),
    city("full", pool("ga", 30, 35, sold=30), pool("vip", 5, 5, sold=5, oversold=2), name=ALBUQUERQUE, days=30),
    city("large", pool("ga", 98765, 123456, sold=87654, held=1234, pending=987), name=GERMAN, days=40),
    city("soon", pool("ga", 30, 35), pool("vip", 5, 8), name="Chicago", days=300, from_days=200),
    city("demo", pool("ga", 30, 35), listed=False, days=None),
    city("past", pool("ga", 30, 35, sold=29, spare_sold=2), name="Atlanta", days=-40),
)
IN_LINE: Final = {("full", "ga"): 1234, ("full", "vip"): 1}


def status(shown: City, of: Pool) -> PoolStatus:
    return status_of(shown, of, CONFIG.stock_levels, NOW)


def _page(template: str, *, restoring: bool = False, **context: object) -> bytes:
    at = zoned_time(NOW, ZONE)
    return bytes(STOCK.page(template, status=200, person=PERSON, at=at, restoring=restoring, **context).body)


def _overview(*cities: City, restoring: bool = False) -> Callable[[], bytes]:
    return lambda: _page(
        "stock.html",
        restoring=restoring,
        needs=needs(cities, status, IN_LINE, NOW),
        coming=[city_rows(each, status, IN_LINE) for each in coming(cities, NOW)],
        over=[city_rows(each, status, IN_LINE) for each in over(cities, NOW)],
    )


def _city(
    shown: City, rows: Sequence[LedgerRow], *, admin: bool = True, done: DoneView | None = None
) -> Callable[[], bytes]:
    return lambda: _page(
        "city.html",
        city=city_rows(shown, status, IN_LINE),
        city_id=shown.city_id,
        ways=ways(shown.city_id, chosen=None) if admin else [],
        sees_line=admin,
        done=done,
        owed=owed_rows(_OWED if admin else (), ZONE, now=NOW, whole=True),
        operations=operations(shown.city_id, chosen=None),
        ledger=ledger_lines(rows, ZONE, now=NOW),
        narrowed=False,
        older="/staff/inventory/dallas?cursor=1#ledger" if rows else None,
    )


def _row(operation: Operation, before: Pool, after: Pool, *, reason: str, actor: str = "checkout") -> LedgerRow:
    entry = LedgerEntry(
        city_id="dallas",
        tier=after.tier,
        operation=operation,
        quantity=1234,
        order_id=UUID(int=7) if actor == "checkout" else None,
        actor=actor,
        reason=reason,
        event_id=None,
        before=before.counts(),
        after=after.counts(),
        timestamp=NOW - timedelta(days=1),
    )
    return LedgerRow(id=7, entry=entry)


_BEFORE: Final = pool("ga", 1000, 1200, held=1234)
_LEDGER: Final = (
    _row(Operation.SELL, _BEFORE, _BEFORE._replace(held=0, sold=1234), reason="paid"),
    _row(
        Operation.EXPAND,
        _BEFORE,
        _BEFORE._replace(public_limit=2234, actual_limit=2434),
        reason="The Handwerkskammerbildungszentrum lends us another hall, and 1,234 chairs came with it.",
        actor=PERSON,
    ),
    _row(Operation.CORRECT, _BEFORE, _BEFORE, reason="checked", actor=PERSON),
)

_OWED: Final = (
    owed(
        (1, 2, 12),
        customer=OwedCustomer(first_name="Maximiliana", last_name=GERMAN, email=PERSON, phone="+1 352 555 0137"),
    ),
    owed((1,), number=None),
)
_ASKED: Final = Typed(tier="ga", spots="50", reason="The hall lends us chairs. " * 11, public=True)
_DONE: Final = DoneView(
    word="Opened.",
    actor=PERSON,
    reason=_ASKED.reason,
    limits=[("GA", ("98,765", "98,815"), ("123,456", "123,506")), ("VIP", ("5", "5"), ("5", "8"))],
)


def _limits(way: Way, shown: City, typed: Typed, *, refused: str = "", restoring: bool = False) -> Callable[[], bytes]:
    """The page as it is when the form was filled in."""
    problems = {"form": refused} if refused else typed.problems(way)
    starting = {
        tier: Limits(public=each.public_limit, actual=each.public_limit + 4) for tier, each in shown.pools.items()
    }
    return lambda: _page(
        "limits.html",
        restoring=restoring,
        title=f"{TITLES[way]}: {named(shown)}",
        city_id=shown.city_id,
        way=way.value,
        ways=ways(shown.city_id, chosen=way),
        city=city_rows(shown, status, IN_LINE),
        tiers=sorted(shown.pools),
        typed=typed,
        problems=problems,
        asked=not problems,
        changes=[] if problems else change_rows(would_be(way, typed, shown, starting)),
        first=who_is_first(way, typed, oversold=2, waiting=1234),
        verb=verb(way, typed),
        key="7",
    )


def _line(*rows: Standing) -> Callable[[], bytes]:
    return lambda: _page(
        "line.html",
        title=f"Waiting list: {GERMAN}",
        city_id="large",
        states=states("large", chosen=EntryState.WAITING),
        state=EntryState.WAITING.value,
        rows=line_rows(rows, ZONE, now=NOW),
        narrowed=False,
        more="/staff/inventory/large/waitlist?state=waiting&cursor=7" if rows else None,
    )


# A state of a page is a line here.
STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "stock": _overview(*CITIES),
    "stock, restoring": _overview(CITIES[4], restoring=True),
    "stock, no city": _overview(),
    "city, for who may only read": _city(CITIES[1], _LEDGER, admin=False),
    "city, done": _city(CITIES[2], _LEDGER, done=_DONE),
    "city, nothing happened": _city(CITIES[4], ()),
    "open seats, asked": _limits(Way.EXPAND, CITIES[2], _ASKED, restoring=True),
    "open seats, wrong": _limits(Way.EXPAND, CITIES[1], Typed(spots="51", tier="vip")),
    "open seats, refused": _limits(Way.EXPAND, CITIES[1], _ASKED, refused=f"{PERSON} is not of a domain."),
    "reset, asked": _limits(Way.RESET, CITIES[3], replace(_ASKED, tier="")),
    "reset, nothing to change": _limits(Way.RESET, city("same", pool("ga", 5, 9)), replace(_ASKED, tier="")),
    "who waits": _line(standing(ahead=1233, name="Maximiliana-Friederike", email=PERSON), standing(name="Wu")),
    "who waits, nobody": _line(),
}
