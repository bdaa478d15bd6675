"""What people do about dead letters (E-5), through the admin API, on real Kafka and PostgreSQL."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from chassis.database import Transaction
from chassis.errors import Dead, Retry
from chassis.tokens import Role
from eventbus import Bus, Received
from eventbus.incoming.inbox import raw_of
from events import PaymentWebhookFailed
from tests.integration.eventbus import foreign, ledger
from tests.integration.eventbus.desk import PERSON, Desk
from tests.integration.eventbus.foreign import ours
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = pytest.mark.asyncio

KIND = "fullhouse.payment.webhook_failed.v1"


class Release:
    """A handler that gives up what it is told to, until it is mended."""

    def __init__(self, *, broken: Sequence[str], error: Exception) -> None:
        self.broken = set(broken)
        self.error = error

    async def handle(self, tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        for received in batch:
            if received.event.webhook_type in self.broken:
                raise self.error
        await ledger.count(tx, batch)


async def wait_for(bench: Bench, sql: str) -> None:
    async def holds() -> bool:
        return bool(await bench.database.fetchval(sql))

    await eventually(holds)


async def bury(bench: Bench, bus: Bus, release: Release, names: Sequence[str]) -> None:
    """Publishes the names and waits for the broken ones' letters."""
    await ledger.publish(bench.database, bus.outbox, names)
    dead = len(release.broken & set(names))
    await wait_for(bench, f"SELECT count(*) = {dead} FROM dead_letters WHERE state = 'dead'")
    await wait_for(bench, f"SELECT count(*) = {len(names) - dead} FROM effects")


@pytest.mark.proves("E-5")
async def test_a_redriven_event_is_applied_once_however_often_and_from_how_many_sides_it_is_redriven(
    bench: Bench,
) -> None:
    release = Release(broken=["b", "d"], error=Dead("never"))
    async with bench.bus(ledger.count_effect(release.handle)) as bus:
        await bury(bench, bus, release, ["a", "b", "c", "d"])
        desk = Desk(bus)
        page = await desk.asked("GET", "/dlq")
        letters = [letter["id"] for letter in page["data"]]
        release.broken.clear()
        answers = await asyncio.gather(
            *(desk.answer("POST", f"/dlq/{letter}/redrive") for letter in letters * 5),
            *(desk.answer("POST", "/dlq/redrive") for _ in range(5)),
        )
        assert {answer.status for answer in answers} <= {200, 409}
        await wait_for(bench, "SELECT count(*) = 2 FROM dead_letters WHERE state = 'applied'")
        again = await desk.answer("POST", f"/dlq/{letters[0]}/redrive")
        assert (again.status, again.json["code"]) == (409, "letter_settled")
        shown = await desk.asked("GET", f"/dlq/{letters[0]}")
    assert sorted(await ledger.effects(bench.database)) == ["a", "b", "c", "d"]
    assert await bench.database.fetchval("SELECT count(*) FROM inbox WHERE state = 'done'") == 4
    assert [(deed["by"], deed["action"]) for deed in shown["history"]] == [(PERSON, "letter_redriven")]
    assert (shown["state"], shown["attempts"]) == ("applied", 1)


@pytest.mark.proves("E-5")
async def test_a_redriven_event_waits_as_any_that_can_not_work_yet_and_may_die_again_as_the_same_letter(
    bench: Bench,
) -> None:
    release = Release(broken=["b"], error=Retry("not yet"))
    async with bench.bus(ledger.count_effect(release.handle)) as bus:
        await bury(bench, bus, release, ["a", "b"])
        (letter,) = (await Desk(bus).asked("GET", "/dlq"))["data"]
        assert letter["attempts"] == ledger.QUICK.attempts
        await Desk(bus).asked("POST", f"/dlq/{letter['id']}/redrive")
        twice = 2 * ledger.QUICK.attempts
        await wait_for(bench, f"SELECT state = 'dead' AND attempts = {twice} FROM dead_letters")
        await wait_for(bench, "SELECT count(*) = 2 FROM outbox_sent WHERE topic = 'payments.dlq'")
        release.broken.clear()
        await Desk(bus).asked("POST", "/dlq/redrive", reason="not yet")
        await wait_for(bench, "SELECT state = 'applied' FROM dead_letters")
    assert await ledger.effects(bench.database) == ["a", "b"]


@pytest.mark.proves("E-5")
async def test_an_event_that_had_its_effect_meanwhile_has_it_no_second_time(bench: Bench) -> None:
    """Its bad copy came first and died; the good one was applied."""
    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, ["a"])
        await wait_for(bench, "SELECT count(*) = 0 FROM outbox")
    sent = raw_of({**(await bench.database.fetch("SELECT * FROM outbox_sent"))[0], "partition": 0, "offset": 0})
    await send(bench, sent.headers, value=b"half of {", key=b"k")
    await send(bench, sent.headers, value=sent.value, key=b"k")
    await bench.database.execute("UPDATE outbox_sent SET topic = 'elsewhere'")
    async with bench.bus(ledger.count_effect()) as bus:
        await wait_for(bench, "SELECT count(*) = 1 FROM effects")
        await wait_for(bench, "SELECT count(*) = 1 FROM dead_letters")
        await Desk(bus).asked("POST", "/dlq/redrive")
        await wait_for(bench, "SELECT state = 'applied' FROM dead_letters")
    assert await ledger.effects(bench.database) == ["a"]
    assert await bench.database.fetchval("SELECT array_agg(state) = '{done}' FROM inbox")


@pytest.mark.proves("E-4", "E-5")
async def test_a_bad_copy_redriven_in_vain_does_not_take_the_place_of_the_good_one(bench: Bench) -> None:
    good = ours("a")
    await foreign.send(bench, replace(good, value=b"half of {"))
    async with bench.bus(ledger.count_effect()) as bus:
        await wait_for(bench, "SELECT count(*) = 1 FROM dead_letters")
        await Desk(bus).asked("POST", "/dlq/redrive")
        await wait_for(bench, "SELECT state = 'dead' AND attempts = 2 FROM dead_letters")
        await foreign.send(bench, good)
        await wait_for(bench, "SELECT count(*) = 1 FROM effects")
        await Desk(bus).asked("POST", "/dlq/redrive")
        await wait_for(bench, "SELECT state = 'applied' FROM dead_letters")
    assert await ledger.effects(bench.database) == ["a"]


@pytest.mark.proves("E-5")
async def test_a_dropped_letter_says_who_dropped_it_and_why_and_can_be_taken_up_again(bench: Bench) -> None:
    release = Release(broken=["a", "b"], error=Dead("never"))
    async with bench.bus(ledger.count_effect(release.handle)) as bus:
        await bury(bench, bus, release, ["a", "b"])
        desk = Desk(bus)
        first, second = (letter["id"] for letter in (await desk.asked("GET", "/dlq"))["data"])
        dropped = await desk.asked("POST", f"/dlq/{first}/drop", because="a test order")
        assert (dropped["state"], dropped["history"][0]["reason"]) == ("dropped", "a test order")
        assert dropped["history"][0]["by"] == PERSON
        assert await bus.dead_letters() == {ledger.GROUP: 1}
        many = await desk.asked("POST", "/dlq/drop", because="the rest too")
        assert many == {"seen": 1, "settled": 1, "last": None}
        assert (await desk.answer("POST", f"/dlq/{second}/drop", because="again")).json["code"] == "letter_settled"
        assert await bus.dead_letters() == {}
        release.broken.clear()
        await desk.asked("POST", f"/dlq/{first}/redrive")
        await wait_for(bench, "SELECT count(*) = 1 FROM dead_letters WHERE state = 'applied'")
    assert len(await ledger.effects(bench.database)) == 1


@pytest.mark.proves("E-5", "X-3")
async def test_letters_are_found_by_what_is_known_of_them_a_page_at_a_time(bench: Bench) -> None:
    names = [f"n{number}" for number in range(7)]
    release = Release(broken=names, error=Dead("the table is missing"))
    async with bench.bus(ledger.count_effect(release.handle)) as bus:
        await bury(bench, bus, release, names)
        desk = Desk(bus)
        fitting: tuple[dict[str, Any], ...] = (
            {"group": ledger.GROUP},
            {"topic": "payments"},
            {"type": "payment.webhook_failed"},
            {"type": KIND, "state": ["dead", "dropped"]},
            {"reason": "TABLE is"},
            {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"},
        )
        for fits in fitting:
            page = await desk.asked("GET", "/dlq", role=Role.VIEWER, **fits)
            assert (len(page["data"]), page["counts"]) == (7, {"dead": 7}), fits
        missing: tuple[dict[str, Any], ...] = (
            {"group": "others"},
            {"topic": "orders"},
            {"type": "payment"},
            {"state": "applied"},
            {"reason": "chair%"},
            {"since": "2100-01-01T00:00:00Z"},
            {"until": "2020-01-01T00:00:00Z"},
        )
        for misses in missing:
            assert (await desk.asked("GET", "/dlq", **misses))["data"] == [], misses
        seen: list[int] = []
        page = await desk.asked("GET", "/dlq", limit=3)
        while page["nextCursor"] is not None:
            seen += [letter["id"] for letter in page["data"]]
            page = await desk.asked("GET", "/dlq", limit=3, cursor=page["nextCursor"])
        seen += [letter["id"] for letter in page["data"]]
        assert seen == sorted(seen, reverse=True)
        assert len(seen) == 7
        redriven: list[int] = []
        settled: dict[str, Any] = {"last": 0}
        while settled["last"] is not None:
            settled = await desk.asked("POST", "/dlq/redrive", limit=3, after=settled["last"])
            redriven.append(settled["settled"])
        assert redriven == [3, 3, 1]


@pytest.mark.proves("E-5", "E-10")
async def test_a_letter_shows_every_byte_to_an_admin_and_nothing_personal_to_others(bench: Bench) -> None:
    value = b'{"email": "jordan@example.com"}\xff'
    headers = (("ce_type", KIND.encode()), ("X", b"a"), ("X", b"\xfe"), ("Y", None))
    await send(bench, headers, value=value, key=b"jordan@example.com")
    async with bench.bus(ledger.count_effect()) as bus:
        await wait_for(bench, "SELECT count(*) = 1 FROM dead_letters")
        desk = Desk(bus)
        (letter,) = (await desk.asked("GET", "/dlq"))["data"]
        assert letter["type"] == KIND
        assert re.fullmatch(r"EnvelopeError: .*", letter["reason"])
        for role in (Role.VIEWER, Role.OPERATOR):
            assert "jordan" not in str(await desk.asked("GET", f"/dlq/{letter['id']}", role=role))
            refused = await desk.answer("GET", f"/dlq/{letter['id']}", role=role, raw="true")
            assert (refused.status, refused.json["code"]) == (403, "role_missing")
        shown = await desk.asked("GET", f"/dlq/{letter['id']}", role=Role.ADMIN, raw="true")
    assert shown["record"] == {
        "key": {"text": "jordan@example.com"},
        "headers": [
            {"name": "ce_type", "value": {"text": KIND}},
            {"name": "X", "value": {"text": "a"}},
            {"name": "X", "value": {"base64": base64.b64encode(b"\xfe").decode()}},
            {"name": "Y", "value": None},
        ],
        "value": {"base64": base64.b64encode(value).decode()},
    }


@pytest.mark.proves("E-5", "C-12")
async def test_viewers_read_and_operators_act(bench: Bench) -> None:
    async with bench.bus() as bus:
        desk = Desk(bus)
        for path in ("/dlq/redrive", "/dlq/drop", "/dlq/1/redrive", "/dlq/1/drop", "/republish"):
            assert (await desk.answer("POST", path, role=Role.VIEWER)).json["code"] == "role_missing", path
        for path in ("start", "skip", "read-again"):
            refused = await desk.answer("POST", f"/subscriptions/{ledger.GROUP}/{path}", role=Role.VIEWER)
            assert refused.json["code"] == "role_missing", path
        assert (await desk.answer("GET", "/dlq/1")).json["code"] == "unknown_letter"
        assert (await desk.answer("POST", "/dlq/1/drop", because="x")).json["code"] == "unknown_letter"
        assert (await desk.answer("POST", "/dlq/1/drop")).json["fields"].keys() == {"because"}
        nobody = await desk.answer("POST", "/subscriptions/nobody/start", because="x")
        assert (nobody.status, nobody.json["code"]) == (404, "unknown_group")


async def send(
    bench: Bench, headers: Sequence[tuple[str, bytes | None]], *, value: bytes | None, key: bytes | None
) -> None:
    producer = AIOKafkaProducer(**bench.connection.client_options())
    await producer.start()
    await producer.send_and_wait(bench.connection.prefixed("payments"), value, key=key, headers=list(headers))
    await producer.stop()
