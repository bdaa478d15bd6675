"""Two months of purchases, at a processor and here, with every kind of break in them, drawn by a seed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from chassis.clock import SystemClock
from chassis.ids import short_number
from checkout.payments.processors.stripe_types import HANDLED
from tests.integration.checkout import money
from tests.integration.checkout.past import rows
from tests.integration.checkout.past.kinds import ALL, BROKEN, LOST, PASS, SHARES, Deed, Kind
from tests.integration.checkout.past.today import Sample, purchases_of_today, settle_down
from tests.integration.checkout.world import World

Json = dict[str, Any]
# Kind and subject of a difference, and where it stands in the end.
Expected = dict[tuple[str, str], str]

DAYS: Final = 60
# What is older has everything that follows a purchase.
_YOUNGEST: Final = timedelta(hours=2)
_LIVES: Final = timedelta(minutes=35)
_CHUNK: Final = 500


@dataclass(kw_only=True)
class History:
    """What has happened, and what is to be found of it.

    drawn: draws it
    size: how many purchases
    broken: which share of them is
    days: how far it goes back
    expected: what a run finds, and what comes of it
    states: where orders stand afterwards, by id
    """

    world: World
    drawn: random.Random
    size: int
    broken: float = 0.15
    days: float = DAYS
    expected: Expected = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    _today: Mapping[str, Sample] = field(default_factory=dict)

    async def happen(self) -> None:
        """Each purchase is drawn, made at the processor, and written down here as far as anybody was told."""
        self._today = await purchases_of_today(self.world)
        kinds = self._kinds()
        for start in range(0, len(kinds), _CHUNK):
            await self._past([(kind, self._draw(kind)) for kind in kinds[start : start + _CHUNK]])
        async for event_id in self._undelivered():
            self.expected["webhook_missing", event_id] = "repaired"

    async def settle_down(self) -> None:
        """Everything that follows by events is here."""
        without = [subject for kind, subject in self.expected if kind == "seats_missing"]
        await settle_down(self.world, without=tuple(without))

    def _kinds(self) -> list[Kind]:
        """Each at least once."""
        more = max(0, self.size - len(ALL))
        broken = round(self.broken * more)
        names = [
            *ALL,
            *self.drawn.choices(list(BROKEN), k=broken),
            *self.drawn.choices(list(SHARES), list(SHARES.values()), k=more - broken),
        ]
        self.drawn.shuffle(names)
        return [ALL[name] for name in names]

    def _draw(self, kind: Kind) -> Json:
        """Ids and times."""
        now = SystemClock().now()
        at = now - _YOUNGEST - timedelta(days=self.days * self.drawn.random())
        paid_at = at + timedelta(minutes=2)
        number = short_number(self.drawn)
        return {
            "order_id": str(uuid4()),
            "attempt_id": str(uuid4()),
            "number": number,
            "email": f"{number.lower()}@example.com",
            "at": at,
            "paid_at": paid_at,
            "ends": now + _LIVES if kind.open else at + _LIVES,
            "known_as_paid": kind.like not in {None, "open", "expired"},
        }

    async def _past(self, drawn: Sequence[tuple[Kind, Json]]) -> None:
        """A few of them: first at the processor, which gives them their ids."""
        asked = [self._at_processor(kind, made, kind.price, kind.deeds) for kind, made in drawn]
        second = {
            at: self._at_processor(kind, made, kind.second, (LOST,))
            for at, (kind, made) in enumerate(drawn)
            if kind.second is not None
        }
        answers = await self._happened([*asked, *second.values()])
        seconds = dict(zip(second, answers[len(asked) :], strict=True))
        for at, (kind, made) in enumerate(drawn):
            made.update(_ids(answers[at]))
            self._note(kind, made, second=seconds.get(at, {}).get("sessionId"))
        await self._write_down(drawn)

    def _at_processor(self, kind: Kind, made: Json, price: int, deeds: Sequence[Deed]) -> Json:
        at, moments = made["paid_at"], []
        for deed in deeds:
            moments.append({"deed": deed.name, "at": at.isoformat(), "lost": deed.lost, **deed.more})
            at += (SystemClock().now() - _YOUNGEST / 2 - at) / 3
        return {
            "at": made["at"].isoformat(),
            "email": made["email"],
            "unitAmount": price,
            "metadata": self._metadata(kind, made),
            "deeds": moments,
        }

    def _metadata(self, kind: Kind, made: Json) -> Mapping[str, str]:
        """As we, or an earlier system, would have written it."""
        written = self._today["pass" if kind.price == PASS else "paid"].metadata
        if not kind.named:
            return {name: written[name] for name in ("cityId", "ticketType", "quantity")}
        own = {"orderId": made["order_id"], "orderNumber": made["number"], "placedAt": made["at"].isoformat()}
        return {**written, **own}

    async def _happened(self, purchases: Sequence[Json]) -> list[Json]:
        answer = await self.world.ask(
            "POST", f"{self.world.sandbox}/_sandbox/stripe/history", json={"purchases": purchases}
        )
        assert answer.status == 201, answer
        made: list[Json] = answer.body["data"]
        return made

    def _note(self, kind: Kind, made: Json, *, second: str | None) -> None:
        subjects = {
            "session": made["session"],
            "second": second,
            "payment": made["payment"],
            "dispute": made["dispute"],
            "order": made["order_id"],
        }
        for finding in kind.finds:
            self.expected[finding.kind, str(subjects[finding.about])] = finding.state
        if kind.ends is not None and kind.named:
            self.states[made["order_id"]] = kind.ends

    async def _write_down(self, drawn: Sequence[tuple[Kind, Json]]) -> None:
        """Table by table, as they refer to each other."""
        for table in rows.TABLES:
            alike: dict[str, list[Json]] = defaultdict(list)
            for kind, made in drawn:
                like = kind.borrows.get(table, kind.like)
                if like is not None and table not in kind.lacks:
                    own = rows.own_values(made)[table]
                    alike[like].append({**own, **kind.changes.get(table, {})})
            for like, changes in alike.items():
                await rows.add(self.world.database, table, self._key(table, like), changes)

    def _key(self, table: str, like: str) -> str:
        sample = self._today[like]
        return sample.order_id if rows.TABLES[table] == "order_id" else str(sample.payment)

    async def _undelivered(self) -> AsyncIterator[str]:
        """Webhooks that nobody got, by the processor's list."""
        after: dict[str, str] = {}
        types = [("types[]", each) for each in sorted(HANDLED)]
        while True:
            query = urlencode([("limit", "100"), ("delivery_success", "false"), *types, *after.items()])
            listed = await money.at_stripe(self.world, "GET", f"/events?{query}")
            for event in listed["data"]:
                yield event["id"]
            if not listed["has_more"]:
                return
            after = {"starting_after": listed["data"][-1]["id"]}


def _ids(answer: Json) -> Json:
    """Those that the processor has given."""
    return {
        "session": answer["sessionId"],
        "payment": answer["paymentIntent"],
        "refund": next(iter(answer["refunds"]), None),
        "dispute": next(iter(answer["disputes"]), None),
    }
