"""What must hold of a game at rest: money, orders, tickets and stock say the same. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final
from uuid import UUID

from events import Event, OrderEvent, OrderPaid, OrderRefunded, OrderRefundFailed, PaymentSecondCharge
from invariants import Counts, Evidence, Hold, LedgerEntry, Pool, Seat, violations
from invariants.rules import EachEventHasOneEffect, PoolsEqualTheirLedger
from tests.integration.checkout.machine.forecast import LOST, OrderForecast, illegal
from tests.integration.checkout.machine.reading import Found, Row

_GOOD: Final = {"paid", "partially_refunded"}
_SETTLED: Final = _GOOD | {"disputed", "refunded"}
_HOLDING: Final = {"awaiting_payment", "payment_pending"}
_PASSES: Final = {"paid": "active", "partially_refunded": "active", "disputed": "frozen", "refunded": "ended"}


def differences(found: Found, *, cancelled: Collection[str], hold_over: Collection[str]) -> list[str]:
    """What is wrong. `cancelled`: orders that staff wished so, `hold_over`: those whose hold has ended by itself."""
    wrong = [*_of_money(found), *_of_pools(found)]
    for order in found.orders:
        forecast = found.forecast(order, cancelled=order["with_city"] or order["order_id"] in cancelled)
        parts = (
            _of_order(found, order, forecast),
            _of_refunds(found, order, forecast),
            _of_seats(found, order, forecast),
            _of_hold(found, order, ended=order["order_id"] in hold_over),
        )
        name = f"order {order['order_id']} ({order['state']})"
        wrong += [f"{name}: {what}" for part in parts for what in part]
    return wrong


def _of_money(found: Found) -> Iterator[str]:
    """Every charge is recorded once, with what went back of it."""
    taken = {
        (each["paymentIntent"], each["metadata"]["orderId"], each["amount"], each["amountRefunded"])
        for each in found.processor["charges"]
        if each["paid"]
    }
    recorded = {
        (each["payment_intent"], each["order_id"], each["amount"], each["refunded"])
        for order in found.orders
        for each in order["charges"]
    }
    if taken != recorded:
        yield f"the processor alone has {sorted(taken - recorded)}, checkout alone {sorted(recorded - taken)}"
    ours = Counter(_refund_id(each) for each in found.refunds if each["status"] == "succeeded" and each["metadata"])
    yield from (f"refund {refund_id} was made {times} times" for refund_id, times in ours.items() if times > 1)


def _of_order(found: Found, order: Row, forecast: OrderForecast) -> Iterator[str]:
    """Its state, how it came there, and what was told of it."""
    states = _SETTLED if _is_a_persons(order, forecast) else forecast.states()
    states = {"paid"} if forecast.amount and forecast.is_whole else states
    if order["state"] not in states:
        yield f"it should be {sorted(states)}, by {forecast}"
    if order["paid"] != forecast.has_money:
        yield "paid without money" if order["paid"] else "its money came, and it isn't paid"
    yield from illegal([tuple(step) for step in order["history"]])
    told = _orders_own(found.told[order["order_id"]])
    versions = [event.version for event in told]
    if versions != sorted(set(versions)):
        yield f"it told the versions {versions}"
    if sum(isinstance(event, OrderPaid) for event in told) != int(order["paid"]):
        yield "it is not told once that it is paid"
    wanted = [_PASSES[order["state"]]] * _passes(order) if order["paid"] else []
    if order["passes"] != wanted:
        yield f"its passes are {order['passes']} in place of {wanted}"


def _of_refunds(found: Found, order: Row, forecast: OrderForecast) -> Iterator[str]:
    """What went back of it is what it says, and what came twice went back."""
    ours = {_refund_id(each): each["amount"] for each in found.refunds_of(order) if _is_ours_and_good(each)}
    done = {each["refund_id"]: each["amount"] for each in order["refunds"] if each["state"] == "done"}
    if not ours.items() <= done.items():
        yield f"the processor made {ours}, and done are {done}"
    told = found.told[order["order_id"]]
    back = sum(event.refunded_amount for event in told if isinstance(event, OrderRefunded))
    back -= sum(event.failed_amount for event in told if isinstance(event, OrderRefundFailed))
    if back != order["refunded_amount"]:
        yield f"{back} were told to have gone back, and {order['refunded_amount']} have"
    # What went back while a bank had the money counts when that is decided for us, and never otherwise.
    frozen = order["state"] == "disputed" or any(charge.dispute == LOST for charge in forecast.charges)
    if forecast.has_money and not _is_a_persons(order, forecast):
        if forecast.kept > forecast.amount:
            yield f"{forecast.kept} were kept for {forecast.amount}"
        if not frozen and order["refunded_amount"] != forecast.back:
            yield f"{order['refunded_amount']} went back, by the processor {forecast.back}"
    seconds = [each for each in order["refunds"] if each["cause"] == "second_charge"]
    outcomes = Counter(event.outcome for event in told if isinstance(event, PaymentSecondCharge))
    if outcomes["refunded"] != sum(each["state"] in {"done", "failed"} for each in seconds):
        yield f"of second charges was told {dict(outcomes)}"


def _of_seats(found: Found, order: Row, forecast: OrderForecast) -> Iterator[str]:
    """Its tickets let in who is entitled, and nobody else."""
    tickets = {ticket["seat"]: ticket for ticket in found.tickets_of(order)}
    seats = {seat["seat"]: seat["state"] for seat in order["seats"]}
    codes = {ticket["seat"]: ticket["code"] for ticket in order["tickets"]}
    if {seat: ticket["code"] for seat, ticket in tickets.items()} != (codes if order["paid"] else {}):
        yield "inventory's tickets are not those that checkout has signed"
    ended = {seat for seat, state in seats.items() if state == "refunded"}
    yield from _of_ended(found, order, forecast, ended)
    good = {seat for seat, ticket in tickets.items() if ticket["valid"] and not ticket["disputed"]}
    entitled = set(seats) - ended if order["state"] in _GOOD else set()
    if good != entitled:
        yield f"the tickets of {sorted(good)} are good in place of {sorted(entitled)}"
    lacking = sum(ticket["place"] == "oversold" for ticket in tickets.values())
    if lacking != order["oversold"]:
        yield f"{lacking} of its seats are oversold, and {order['oversold']} are known to be"


def _of_ended(found: Found, order: Row, forecast: OrderForecast, ended: Collection[int]) -> Iterator[str]:
    """A refund that fails later gives no ticket back, so that what ended before stays so."""
    named = {seat for each in order["refunds"] if each["state"] in {"done", "failed"} for seat in each["seats"]}
    seats = {seat["seat"] for seat in order["seats"]}
    events = found.told[order["order_id"]]
    told = [seat for event in events if isinstance(event, OrderRefunded) for seat in event.refunded_seats]
    if len(told) != len(set(told)):
        yield f"seats were told to have ended: {sorted(told)}"
    returned = {
        seat
        for event in events
        if isinstance(event, OrderRefunded) and event.return_seats
        for seat in event.refunded_seats
    }
    back = {ticket["seat"] for ticket in found.tickets_of(order) if ticket["place"] == "returned"}
    owed = {ticket["seat"] for ticket in found.tickets_of(order) if not ticket["valid"]}
    # Those that were oversold have none to give, and count as if they had.
    short = any(row["after"]["oversold"] for row in found.stock["ledger"])
    if not returned <= back <= owed or (back != returned and not short):
        yield f"the seats {sorted(returned)} were given back, and {sorted(back)} are"
    if not named <= set(ended) or not set(told) <= set(ended):
        yield f"{sorted(named | set(told))} were given back, and {sorted(ended)} have ended"
    failed = any(each["status"] == "failed" for each in found.refunds_of(order))
    if failed or not order["paid"] or order["state"] == "disputed" or _is_lost(forecast):
        return
    wanted = seats if order["state"] == "refunded" else named
    if set(ended) != wanted:
        yield f"{sorted(ended)} have ended in place of {sorted(wanted)}"


def _of_hold(found: Found, order: Row, *, ended: bool) -> Iterator[str]:
    """Seats without money are held while the order waits for it, and no longer."""
    held = [hold["quantity"] for hold in found.stock["holds"] if _is_held(hold) and _is_of(hold, order)]
    alive = order["state"] == "payment_pending" or (order["state"] in _HOLDING and not ended)
    wanted = [len(order["seats"])] if alive and order["seats"] else []
    # A hold that had ended when the money came on its way is not taken again before the money is here.
    if held != wanted and not (ended and not held):
        yield f"{held} seats are held in place of {wanted}"


def _of_pools(found: Found) -> Iterator[str]:
    """Pool = ledger = holds + sold, and whoever has paid lacks a seat only where there is none."""
    known = {order["order_id"] for order in found.orders}
    strange = [hold["order_id"] for hold in found.stock["holds"] if _is_held(hold) and hold["order_id"] not in known]
    if strange:
        yield f"seats are held for {strange}, which are no orders"
    evidence = _evidence(found.stock)
    rules = (PoolsEqualTheirLedger(), EachEventHasOneEffect())
    yield from (str(each) for each in violations(evidence, rules))
    for pool in evidence.pools:
        counts = pool.counts
        if counts.oversold and counts.held + counts.sold < counts.actual_limit:
            yield f"{pool.tier} has {counts.oversold} oversold seats, and room"


def _evidence(stock: Row) -> Evidence:
    return Evidence(
        pools=tuple(Pool(counts=Counts(**_numbers(row)), **_where(row)) for row in stock["pools"]),
        seats=tuple(
            Seat(order_id=row["order_id"], code=row["code"], place=row["place"], **_where(row))
            for row in stock["tickets"]
        ),
        holds=tuple(
            Hold(order_id=row["order_id"], quantity=row["quantity"], state=row["state"], **_where(row))
            for row in stock["holds"]
        ),
        ledger=tuple(
            LedgerEntry(
                operation=row["operation"],
                order_id=row["order_id"],
                event_id=row["event_id"],
                before=_counts(row["before"]),
                after=_counts(row["after"]),
                **_where(row),
            )
            for row in stock["ledger"]
        ),
    )


def _numbers(row: Row) -> dict[str, int]:
    return {name: row[name] for name in Counts.__dataclass_fields__}


def _counts(entry: Row) -> Counts:
    words = {name: "".join([name.split("_")[0], *(part.title() for part in name.split("_")[1:])]) for name in _FIELDS}
    return Counts(**{name: entry[word] for name, word in words.items()})


_FIELDS: Final = tuple(Counts.__dataclass_fields__)


def _where(row: Row) -> dict[str, str]:
    return {"city_id": row["city_id"], "tier": row["tier"]}


def _orders_own(told: Collection[Event]) -> list[OrderEvent]:
    return [event for event in told if isinstance(event, OrderEvent)]


def _passes(order: Row) -> int:
    return sum(line["kind"] == "passes" for line in order["lines"])


def _refund_id(refund: Row) -> str:
    return str(UUID(refund["metadata"]["refundId"]))


def _is_ours_and_good(refund: Row) -> bool:
    return refund["status"] == "succeeded" and bool(refund["metadata"])


def _is_a_persons(order: Row, forecast: OrderForecast) -> bool:
    """Whether a second charge can't go back by itself, so that a person decides what becomes of the order's money."""
    stuck: Any = (each["state"] in {"refused", "failed"} for each in order["refunds"])
    disputed: Any = (charge.dispute for charge in forecast.charges)
    return len(forecast.charges) > 1 and (any(stuck) or any(disputed))


def _is_lost(forecast: OrderForecast) -> bool:
    return any(charge.dispute == LOST for charge in forecast.charges)


def _is_held(hold: Row) -> bool:
    return bool(hold["state"] == "held")


def _is_of(hold: Row, order: Row) -> bool:
    return bool(hold["order_id"] == order["order_id"])
