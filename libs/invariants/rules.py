"""The invariants of sales: nothing lost, nothing doubled, nothing sold twice (L-9)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from events import Channel
from invariants.alerting import AlertsAreTold, AlertsReachTheirPeople, PagesFollowTheirAlerts, VendorsHaveWhatWeSent
from invariants.evidence import Charge, Counts, Evidence, LedgerEntry, PaidOrder
from invariants.rule import Finding, Invariant, Kind, Violation, compare


class PaidOrdersHaveTheirTickets(Invariant):
    """Inventory has exactly the codes that checkout signed."""

    name = "tickets"
    sentence = "Each paid order has one ticket a seat, and nobody else has any."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        issued: dict[str, list[str]] = defaultdict(list)
        for seat in evidence.seats:
            issued[seat.order_id].append(seat.code)
        paid = {order.order_id: order for order in evidence.orders}
        for order in evidence.orders:
            yield from compare(order.seats, len(set(order.codes)), order.order_id, "ticket codes in checkout")
            yield from compare(order.seats, len(issued[order.order_id]), order.order_id, "tickets in inventory")
            if len(issued[order.order_id]) == order.seats and set(issued[order.order_id]) != set(order.codes):
                yield Kind.WRONG, order.order_id, "inventory's tickets carry other codes than checkout's"
        for order_id in issued.keys() - paid.keys():
            yield Kind.WRONG, order_id, "it has tickets without being paid"


class PaidPassesAreGranted(Invariant):
    """Each line of a paid order that sells a pass has made one (C-9)."""

    name = "passes"
    sentence = "Each paid order has the passes that were bought with it."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for order in evidence.orders:
            yield from compare(order.passes, order.granted, order.order_id, "passes")


class PaidOrdersAreConfirmed(Invariant):
    """Vendors have handed over a confirmation of each paid order, whatever our own rows say."""

    name = "confirmations"
    sentence = "Each paid order was told to every owner by one SMS and to the buyer by one e-mail, and no other was."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        told = Counter((each.number, each.channel, each.recipient.lower()) for each in evidence.messages)
        expected = {key for order in evidence.orders for key in self._wanted(order, evidence.owners)}
        ids = {order.number: order.order_id for order in evidence.orders}
        for number, channel, recipient in sorted(expected):
            yield from compare(1, told[number, channel, recipient], ids[number], f"{channel} to one recipient")
        for number, channel, _ in sorted(told.keys() - expected):
            yield Kind.WRONG, ids.get(number, number), f"an {channel} that nobody should have had"

    @staticmethod
    def _wanted(order: PaidOrder, owners: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        yield order.number, Channel.EMAIL, order.email.lower()
        for owner in owners:
            yield order.number, Channel.SMS, owner


# The places that count in a pool's numbers; a returned seat doesn't.
_COUNTING: Final = ("public", "spare", "oversold")


class PoolsEqualTheirLedger(Invariant):
    """A pool's numbers equal its ledger, and its holds and seats (I-4, I-6)."""

    name = "pools"
    sentence = "Each pool is what its ledger says, and what its holds and tickets add up to."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        entries: dict[tuple[str, str], list[LedgerEntry]] = defaultdict(list)
        for entry in evidence.ledger:
            entries[entry.city_id, entry.tier].append(entry)
        rows = self._rows(evidence)
        for pool in evidence.pools:
            where = (pool.city_id, pool.tier)
            first = entries[where][0].before if entries[where] and not evidence.ledger_begins else Counts()
            yield from self._ledger(entries[where], pool.counts, "/".join(where), first=first)
            seats = {place: rows[(*where, place)] for place in _COUNTING}
            yield from self._sums(pool.counts, rows[(*where, "held")], seats, "/".join(where))

    @staticmethod
    def _rows(evidence: Evidence) -> Counter[tuple[str, str, str]]:
        """The number of seats by pool and place, held ones included."""
        rows = Counter((seat.city_id, seat.tier, seat.place) for seat in evidence.seats)
        for hold in evidence.holds:
            rows[hold.city_id, hold.tier, "held"] += hold.quantity if hold.state == "held" else 0
        for total in evidence.sums:
            for word in ("held", *_COUNTING):
                rows[total.city_id, total.tier, word] += getattr(total, word)
        return rows

    @staticmethod
    def _ledger(entries: Sequence[LedgerEntry], counts: Counts, where: str, *, first: Counts) -> Iterator[Finding]:
        last = first
        for entry in entries:
            if entry.before != last:
                yield Kind.WRONG, where, f"a ledger entry ({entry.operation}) doesn't follow the one before"
            last = entry.after
        if last != counts:
            yield Kind.WRONG, where, "the ledger ends elsewhere than the pool"

    @staticmethod
    def _sums(counts: Counts, held: int, seats: Mapping[str, int], where: str) -> Iterator[Finding]:
        told = {
            "held": (counts.held, held),
            "sold": (counts.sold, seats["public"] + seats["spare"]),
            "sold in the spare": (counts.spare_sold, seats["spare"]),
            "oversold": (counts.oversold, seats["oversold"]),
        }
        for word, (pool, rows) in told.items():
            if pool != rows:
                yield Kind.WRONG, where, f"the pool says {pool} {word}, its rows say {rows}"


class NothingIsOversold(Invariant):
    """A pool gives away no seat twice: held and sold seats stay within its limits (I-4)."""

    name = "oversold"
    sentence = "No pool has given away more seats than there are."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for pool in evidence.pools:
            counts, where = pool.counts, f"{pool.city_id}/{pool.tier}"
            if counts.oversold:
                yield Kind.OVERSOLD, where, f"{counts.oversold} seats were sold that there are not"
            if counts.held + counts.sold > counts.actual_limit:
                yield Kind.OVERSOLD, where, "more seats are held and sold than there are"
            if counts.held + counts.sold - counts.spare_sold > counts.public_limit:
                yield Kind.OVERSOLD, where, "more public seats are held and sold than are offered"


class NothingWaits(Invariant):
    """At rest every committed event was sent, and every received one has had its effect (E-4)."""

    name = "drained"
    sentence = "No outbox, inbox, webhook or delivery has anything left to do, and nothing died."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        for waiting in evidence.waiting:
            if waiting.count:
                yield Kind.UNSETTLED, waiting.service, f"{waiting.count} {waiting.what}"


class EachEventHasOneEffect(Invariant):
    """Each event has had its effect once, by the ledger's entries (E-4).

    An order may have seats of several pools, each sold once; again only when it has given seats back, as one that was
    moved away and returns. Seats of a sale that no limit has room for are an entry of their own.
    """

    name = "effects"
    sentence = "No event changed a pool twice, and no order was sold twice."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        causes = Counter(
            (entry.event_id, entry.order_id, *self._what(entry))
            for entry in evidence.ledger
            if entry.event_id is not None
        )
        for (event_id, *_), count in causes.items():
            if count > 1:
                yield Kind.DOUBLED, str(event_id), f"the event has {count} entries in the ledger"
        sales = Counter((entry.order_id, *self._what(entry)) for entry in evidence.ledger if entry.operation == "sell")
        back = Counter(
            (entry.order_id, entry.city_id, entry.tier) for entry in evidence.ledger if entry.operation == "return"
        )
        for (order_id, city_id, tier, *_), count in sales.items():
            if count - back[order_id, city_id, tier] > 1:
                yield Kind.DOUBLED, str(order_id), f"the order was sold {count} times"

    @staticmethod
    def _what(entry: LedgerEntry) -> tuple[str, str, str, bool]:
        return entry.city_id, entry.tier, entry.operation, entry.before.oversold < entry.after.oversold


class SalesAreCountedOnce(Invariant):
    """The monitor's sums equal checkout's paid orders (E-4)."""

    name = "counted"
    sentence = "The monitor has counted each paid order once, with its amount."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        paid, counted = evidence.paid, evidence.counted
        yield from compare(paid.orders, counted.orders, "monitor", "paid orders in the figures")
        if paid.amount != counted.amount:
            yield Kind.WRONG, "monitor", f"the figures have {counted.amount} minor units instead of {paid.amount}"


class MoneyInIsMoneyRecorded(Invariant):
    """Checkout knows every charge of the processor, and no other."""

    name = "money"
    sentence = "Every charge of the processor is recorded once with its amount, and pays for one order in full."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        processed, recorded = _by_intent(evidence.processed), _by_intent(evidence.recorded)
        for intent in sorted(processed.keys() - recorded.keys()):
            yield Kind.LOST, intent, "the processor has money that checkout doesn't know of"
        for intent in sorted(recorded.keys() - processed.keys()):
            yield Kind.WRONG, intent, "checkout knows of money that the processor doesn't have"
        for intent in sorted(processed.keys() & recorded.keys()):
            if processed[intent] != recorded[intent]:
                yield Kind.WRONG, intent, "checkout has another order or amount than the processor"
        sums = Counter[str]()
        for charge in evidence.recorded:
            sums[charge.order_id] += charge.amount
        for order in evidence.orders:
            if sums[order.order_id] != order.amount:
                kind = Kind.DOUBLED if sums[order.order_id] > order.amount else Kind.LOST
                yield kind, order.order_id, f"{sums[order.order_id]} minor units came for {order.amount}"
        for order_id in sums.keys() - {order.order_id for order in evidence.orders}:
            yield Kind.LOST, order_id, "its money came, and it isn't paid"


INVARIANTS: tuple[Invariant, ...] = (
    PaidOrdersHaveTheirTickets(),
    PaidPassesAreGranted(),
    PaidOrdersAreConfirmed(),
    PoolsEqualTheirLedger(),
    NothingIsOversold(),
    NothingWaits(),
    EachEventHasOneEffect(),
    SalesAreCountedOnce(),
    MoneyInIsMoneyRecorded(),
    AlertsAreTold(),
    AlertsReachTheirPeople(),
    VendorsHaveWhatWeSent(),
    PagesFollowTheirAlerts(),
)


def violations(evidence: Evidence, rules: Sequence[Invariant] = INVARIANTS) -> list[Violation]:
    """Everything that breaks a rule, in the order of the rules."""
    return [violation for rule in rules for violation in rule.check(evidence)]


def _by_intent(charges: Iterable[Charge]) -> dict[str, Charge]:
    return {charge.payment_intent: charge for charge in charges}
