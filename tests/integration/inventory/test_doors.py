"""Tickets at doors: each lets somebody in once, whatever doors do and whenever they tell of it (I-11)."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidSignature

from chassis.database import DatabaseError
from chassis.keys import PublicKeys, SigningKey
from chassis.pass_codes import sign_pass
from chassis.process import ProcessRole
from chassis.tickets import TicketClaims, TicketSigner
from chassis.tokens import Role
from events import OrderDisputeClosed, OrderDisputed, TicketCheckedIn
from inventory.doors.consumers import doors_effect
from inventory.doors.listing import DOMAIN
from tests.fixtures.postgres import fresh_databases
from tests.integration.inventory.bench import (
    CITY,
    KEY,
    SIGNER,
    open_bench,
    order_event,
    paid_event,
    received,
    refund_event,
)
from tests.integration.inventory.doors import CHECKIN, OTHER, House, list_key, scan_of, short, sold, unpadded
from tests.integration.inventory.service import environ, running

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("I-11")]

NEW_KEY = SigningKey.generate("t2")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres: str) -> AsyncIterator[House]:
    with fresh_databases(postgres) as make_database:
        url = make_database("inventory")
        # Nobody listens there: what is told waits in the outbox, where it can be seen.
        keys = PublicKeys({**KEY.public_keys().keys, **NEW_KEY.public_keys().keys}).export()
        values = {**environ(url, kafka="127.0.0.1:9", prefix=""), "TICKET_PUBLIC_KEYS": keys}
        async with open_bench(url) as bench, running(values, role=ProcessRole.API) as client:
            await bench.open({"ga": (2000, 2000), "vip": (1, 1)})
            await bench.open({"ga": (50, 50)}, city=OTHER)
            yield House(client=client, bench=bench)


async def test_a_ticket_lets_somebody_in_once_and_says_when_and_where(house: House) -> None:
    order, (code, other) = await sold(house, 2, number="7K3M2QXF")
    first = await house.scan(code)
    assert (first["result"], first["seat"], first["seats"], first["tier"]) == ("admitted", 1, 2, "ga")
    again = await house.scan(code, "Door B")
    assert (again["result"], again["cause"], again["used"]["door"]) == ("already_used", "already_used", "Door A")
    assert not again["conflict"]
    assert (await house.scan(other, "Door B"))["result"] == "admitted"
    told = await house.told(order)
    assert [(event.seat, event.inside, event.door) for event in told] == [(1, True, "Door A"), (2, True, "Door B")]
    ticket = (await house.ask(f"{CHECKIN}/tickets/7k3m-2qxf/1", role=Role.VIEWER)).json
    assert (ticket["valid"], ticket["inside"], ticket["used"]["door"]) == (True, True, "Door A")
    assert [row["what"] for row in ticket["history"]] == ["admitted", "refused"]
    assert code not in json.dumps(ticket)


async def test_a_request_whose_answer_was_lost_is_sent_again(house: House) -> None:
    _, (code,) = await sold(house)
    answers = [await house.scan(code, scanId="scan-0001-lost") for _ in range(3)]
    assert [each["result"] for each in answers] == ["admitted"] * 3
    late = await house.upload("Door A", [scan_of(code, NOON, "scan-0001-lost")])
    assert (late["admitted"], late["conflicts"]) == (1, 0)
    assert (await house.scan(code, scanId="scan-0002-next"))["result"] == "already_used"


async def test_number_and_seat_stand_for_the_code(house: House) -> None:
    await sold(house, 2, number="22997Y88")
    typed = {"orderNumber": " zz99-7y88 ", "seat": 2, "door": "Door A"}
    assert (await house.ask(body=typed)).json["result"] == "admitted"
    assert (await house.ask(body=typed)).json["result"] == "already_used"
    unknown = (await house.ask(body={**typed, "seat": 3})).json
    assert (unknown["result"], unknown["cause"]) == ("unknown", "not_found")
    for wrong in ({}, {"seat": 1}, {"orderNumber": "22997Y88"}, {**typed, "code": "x"}):
        assert (await house.ask(body=wrong)).status == 422


async def test_whom_a_door_does_not_let_in_and_why(house: House) -> None:
    order, (refunded, disputed) = await sold(house, 2)
    await house.bench.deliver(refund_event(order, 2, (1,), back=True, version=4))
    await house.bench.deliver(order_event(OrderDisputed, order, 2, version=5))
    _, (vip,) = await sold(house, tier="vip")
    _, (over,) = await sold(house, tier="vip")
    _, (elsewhere,) = await sold(house, places=[(OTHER, "ga")])
    stranger = TicketSigner(SigningKey.generate("t1")).sign(TicketClaims.of(order, seat=1, city_id=CITY))
    nobodys = SIGNER.sign(TicketClaims.of(uuid4(), seat=1, city_id=CITY))
    wanted = {
        refunded: ("void", "refunded"),
        disputed: ("void", "disputed"),
        over: ("void", "oversold"),
        elsewhere: ("wrong_city", OTHER),
        stranger: ("unknown", "not_ours"),
        nobodys: ("unknown", "not_found"),
        "https://example.com/menu": ("unknown", "not_ours"),
        sign_pass(SigningKey.generate("t1"), uuid4()): ("unknown", "a_pass"),
    }
    for code, expected in wanted.items():
        answer = await house.scan(code)
        assert (answer["result"], answer["cause"]) == expected
    assert (await house.scan(vip))["result"] == "admitted"
    await house.bench.deliver(order_event(OrderDisputeClosed, order, 2, version=6, won=True))
    assert (await house.scan(disputed))["result"] == "admitted"


async def test_an_older_code_of_a_seat_is_known_as_moved(house: House) -> None:
    order, (old,) = await sold(house)
    new = SIGNER.sign(TicketClaims.of(order, seat=1, city_id=CITY, issue=2))
    await house.database.execute("UPDATE tickets SET code = $2 WHERE order_id = $1", order, new)
    answer = await house.scan(old)
    assert (answer["result"], answer["cause"]) == ("void", "moved")
    payload = json.loads((await house.door_list()).json["payload"])
    assert [short(old), "moved"] in payload["void"]
    assert (await house.scan(new))["result"] == "admitted"


async def test_a_check_in_is_undone_with_a_reason_and_all_of_it_is_kept(house: House) -> None:
    order, (code,) = await sold(house)
    assert (await house.ask(f"{CHECKIN}/undo", {"code": code, "reason": "a test"})).status == 409
    await house.scan(code, scanId="scan-undone-1")
    undone = await house.ask(f"{CHECKIN}/undo", {"code": code, "reason": "Went back to the car"})
    assert undone.status == 200
    # The scan that was undone is not a new one when it is told again; another one is.
    assert (await house.upload("Door A", [scan_of(code, NOON, "scan-undone-1")]))["conflicts"] == 0
    assert [event.inside for event in await house.told(order)] == [True, False]
    assert (await house.scan(code, "Door C"))["result"] == "admitted"
    history = (await house.ask(f"{CHECKIN}/tickets/{order}/1")).json["history"]
    assert [(row["what"], row["reason"]) for row in history] == [
        ("admitted", None),
        ("undone", "Went back to the car"),
        ("admitted", None),
    ]
    versions = [event.version for event in await house.told(order)]
    assert versions == sorted(set(versions))
    for sql in ("UPDATE door_log SET door = 'x'", "DELETE FROM door_log", "TRUNCATE door_log"):
        with pytest.raises(DatabaseError, match="append-only"):
            await house.database.execute(sql)


@pytest.mark.proves("E-4", "E-6")
async def test_who_came_in_since_a_backup_is_known_again_by_the_events(house: House) -> None:
    order, (code, other) = await sold(house, 2)
    await house.scan(code, scanId="scan-restored")
    await house.scan(other)
    await house.ask(f"{CHECKIN}/undo", {"code": other, "reason": "a test"})
    told = await house.told(order)
    await house.database.execute("DELETE FROM admissions WHERE order_id = $1", order)
    follow = doors_effect().handlers[TicketCheckedIn]
    for batch in (told, told[::-1]):
        async with house.database.transaction() as tx:
            await follow(tx, [received(event) for event in batch])
    assert (await house.scan(code))["result"] == "already_used"
    assert (await house.scan(code, scanId="scan-restored"))["result"] == "admitted"
    assert (await house.scan(other))["result"] == "admitted"
    assert [event.version for event in await house.told(order)] == sorted(
        {event.version for event in await house.told(order)}
    )


async def test_operators_let_people_in_and_viewers_look(house: House) -> None:
    _, (code,) = await sold(house)
    assert (await house.ask(body={"code": code}, role=Role.VIEWER)).status == 403
    assert (await house.ask(f"{CHECKIN}/undo", {"code": code, "reason": "x"}, role=Role.VIEWER)).status == 403
    for path in (CHECKIN, f"{CHECKIN}/log", f"{CHECKIN}/cities/{CITY}", f"{CHECKIN}/cities/{CITY}/list"):
        assert (await house.ask(path, role=Role.VIEWER)).status == 200, path
    assert (await house.ask(f"{CHECKIN}/cities/nowhere")).status == 404
    assert (await house.ask(CHECKIN, query="citi=x")).status == 422


async def test_tickets_of_an_older_key_stay_good(house: House) -> None:
    order = uuid4()
    code = TicketSigner(NEW_KEY).sign(TicketClaims.of(order, seat=1, city_id=CITY))
    paid = paid_event(order)
    await house.bench.deliver(paid)
    await house.database.execute("UPDATE tickets SET code = $2 WHERE order_id = $1", order, code)
    _, (old,) = await sold(house)
    assert [(await house.scan(each))["result"] for each in (code, old)] == ["admitted", "admitted"]
    keys = json.loads((await house.door_list()).json["payload"])["keys"]
    assert [key["id"] for key in keys] == ["t1", "t2"]


async def test_the_list_that_a_door_takes_along_is_signed_and_names_no_code(house: House) -> None:
    order, (void, used) = await sold(house, 2)
    before = await house.door_list()
    await house.bench.deliver(refund_event(order, 2, (1,), back=True, version=4))
    await house.scan(used, "Door D")
    answer = await house.door_list()
    found, payload = answer.json, json.loads(answer.json["payload"])
    assert payload["version"] == found["version"] != before.json["version"]
    assert [short(void), "refunded"] in payload["void"]
    assert [short(used), "Door D"] in [row[:2] for row in payload["used"]]
    assert void not in found["payload"]
    key = list_key(house)
    signature = unpadded(found["signature"])
    key.verify(signature, DOMAIN + found["payload"].encode())
    with pytest.raises(InvalidSignature):
        key.verify(signature, DOMAIN + found["payload"].replace("refunded", "fine").encode())
    assert (await house.door_list(**{"If-None-Match": answer.headers["etag"]})).status == 304
    assert (await house.door_list(**{"If-None-Match": before.json["version"]})).status == 200


async def test_two_doors_and_one_without_a_network_let_each_of_1000_tickets_in_once(house: House) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    await house.database.execute("UPDATE admissions SET inside = false")
    at = (await house.database.fetchval("SELECT coalesce(max(id), 0) FROM door_log")) or 0
    codes = [code for _ in range(20) for code in (await sold(house, 50))[1]]
    live = dice.sample(codes, 120)
    offline = {door: dice.sample(codes, 700) for door in ("Door X", "Door Y")}
    start = datetime.now(UTC) - timedelta(hours=3)
    scans = {
        door: [
            scan_of(code, start + timedelta(seconds=dice.randrange(9000)), f"{door[-1]}-{number:08}")
            for number, code in enumerate(each)
        ]
        for door, each in offline.items()
    }

    async def door(name: str) -> list[str]:
        mine = [(await house.scan(code, name))["result"] for code in live]
        assert set(mine) <= {"admitted", "already_used"}
        return mine

    async def later(name: str) -> None:
        batches = [scans[name][first : first + 100] for first in range(0, 700, 100)]
        # What was not answered is sent again, in any order.
        for batch in dice.sample([*batches, batches[0], batches[3]], len(batches) + 2):
            await house.upload(name, dice.sample(batch, len(batch)))

    left, right, _, _ = await asyncio.gather(door("Door A"), door("Door B"), later("Door X"), later("Door Y"))
    for one, two in zip(left, right, strict=True):
        assert (one, two) != ("admitted", "admitted")
    came = set(live) | set(offline["Door X"]) | set(offline["Door Y"])
    assert await house.database.fetchval("SELECT count(*) FROM admissions WHERE inside") == len(came)
    let_in = left.count("admitted") + right.count("admitted") + 1400
    rows = await house.database.fetch(
        "SELECT what, count(*) AS n FROM door_log WHERE id > $1 AND what <> 'refused' GROUP BY what", at
    )
    counted = {row["what"]: row["n"] for row in rows}
    assert counted["conflict"] == let_in - len(came), "of each ticket all scans but one are conflicts"
    first: dict[str, tuple[datetime, str]] = {}
    for name, each in scans.items():
        for scan in each:
            moment = (datetime.fromisoformat(scan["scannedAt"]), name)
            first[scan["code"]] = min(first.get(scan["code"], moment), moment)
    stands = {
        row["code"]: row["door"]
        for row in await house.database.fetch(
            "SELECT t.code, a.door FROM admissions AS a JOIN tickets AS t USING (order_id, seat) WHERE a.inside"
        )
    }
    assert {code: stands[code] for code in first} == {code: name for code, (_, name) in first.items()}
    page = (await house.ask(CHECKIN, query=f"cityId={CITY}&limit=500")).json
    seen = [row["orderId"] + str(row["seat"]) for row in page["data"]]
    while page["nextCursor"]:
        page = (await house.ask(CHECKIN, query=f"cityId={CITY}&limit=500&cursor={page['nextCursor']}")).json
        seen += [row["orderId"] + str(row["seat"]) for row in page["data"]]
    assert len(seen) == len(set(seen)) == len(came)
    full = (await house.ask(f"{CHECKIN}/cities/{CITY}")).json
    assert full["inside"] == {"ga": len(came)}
    assert sum(full["doors"].values()) == len(came)
    listed = (await house.ask(f"{CHECKIN}/log", query="what=conflict&limit=1")).json["data"][0]
    assert (listed["what"], listed["offline"]) == ("conflict", True)
