"""Payments of providers are routed: for appointments and orders, for good or for a look, and each decision is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from chassis.ids import uuid7
from chassis.process import ProcessRole
from chassis.tokens import Role
from checkout.app import create
from events import PaymentAppointmentPaid, PaymentRouted
from tests.fixtures.ports import free_port
from tests.integration.checkout.appointed import APPOINTMENTS, STARTS, book, paid_appointment, post
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.serving import serving
from tests.integration.checkout.test_providers import change, keep, of_provider
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-3")]

PATH = "/api/v1/hybrid-payments"
REASON = "The customer is ill"


@pytest_asyncio.fixture(loop_scope="module")
async def provider(world: World) -> int:
    """A provider of the test's own."""
    number = uuid7().int % 900_000_000 + 1
    assert (await keep(world, number)).status == 200
    return number


async def connect(world: World, provider: int, processor: str, status: str = "connected") -> int:
    found: int = await world.database.fetchval(
        """
        INSERT INTO processor_connections (provider_id, processor, status, status_since, supports_payments,
            supports_refunds, has_webhook_secret, version, created_at, key_id, data_key, secrets)
        VALUES ($1, $2, $3, app_now(), true, true, false, 1, app_now(), 'k', '', '') RETURNING connection_id
        """,
        provider,
        processor,
        status,
    )
    return found


@pytest.mark.proves("P-11")
async def test_an_appointment_is_booked_once_paid_for_at_its_price_and_ends_once(world: World, provider: int) -> None:
    first, again = await book(world, provider), await book(world, provider)
    assert first.body == again.body
    assert (first.body["price"], first.body["state"], first.body["currency"]) == (80.0, "booked", "USD")
    taken = await book(world, provider, price="90.00")
    assert (taken.status, taken.body["appointment_id"]) == (409, first.body["id"])
    number = first.body["id"]
    for amount, status in (("80.00", 200), ("79.99", 400), ("80.001", 422), ("0", 422)):
        answer = await post(world, f"{PATH}/route", appointment_id=number, amount=amount)
        assert answer.status == status, answer
    for state, status in (("paid", 422), ("cancelled", 200), ("cancelled", 200), ("done", 409)):
        headers = of_provider(provider)
        answer = await world.ask("PATCH", f"{APPOINTMENTS}/{number}", json={"state": state}, headers=headers)
        assert answer.status == status, answer
    over = await post(world, f"{PATH}/route", appointment_id=number, amount="80.00")
    assert (over.status, over.body["code"], over.body["rule"]) == (400, "payment_routing_failed", "appointment_state")
    assert (await book(world, provider, price="90.00")).status == 200, "the moment is free again"


async def test_each_decision_is_kept_and_told_with_every_rule_and_its_fees(world: World, provider: int) -> None:
    await change(world, provider, payment_mode="hybrid", commission_rate="0.1", preferred_processors=["square"])
    square = await connect(world, provider, "square")
    await connect(world, provider, "paypal", "expired")
    number = (await book(world, provider, price="250.00")).body["id"]
    answer = (await post(world, f"{PATH}/route", appointment_id=number, amount=250)).body
    assert (answer["decision"], answer["processor"], answer["connection_id"]) == ("external", "square", square)
    assert answer["estimated_fees"] == {"processor": 7.55, "commission": 25.0}
    assert [(each["rule"], each["outcome"]) for each in answer["why"]] == [
        ("appointment_state", "booked"),
        ("appointment_price", "same"),
        ("payment_mode", "hybrid"),
        ("currency", "same"),
        ("min_external_amount", "within"),
        ("max_platform_amount", "above"),
        ("preferred_order", "given"),
        ("connection", "usable"),
        ("connection", "connection_expired"),
        ("fallback", "on"),
    ]
    assert [each["decision"] for each in answer["fallback"]] == ["platform"]
    kept = await world.ask("GET", f"{PATH}/decisions?provider={provider}", headers=world.token(Role.VIEWER))
    (decision,) = kept.body["data"]
    assert {name: decision[name] for name in answer} == answer
    (told,) = [event for event in await world.events(str(provider)) if isinstance(event, PaymentRouted)]
    assert (str(told.decision_id), told.processor, len(told.rules)) == (answer["decision_id"], "square", 10)


async def test_what_nobody_can_take_is_refused_kept_and_told_with_who_is_at_fault(world: World, provider: int) -> None:
    await change(world, provider, payment_mode="decentralized", fallback_enabled=False)
    order = (await world.buy()).body["orderId"]
    wish = {"order": order, "provider": provider, "amount": "119.80"}
    nobody = await post(world, f"{PATH}/route", **wish)
    assert (nobody.status, nobody.body["code"]) == (400, "payment_routing_failed")
    assert (nobody.body["rule"], nobody.body["cause"]) == ("fallback", "no_connection")
    number = await connect(world, provider, "square", "error")
    broken = await post(world, f"{PATH}/route", **wish)
    seen = [broken.body[name] for name in ("rule", "cause", "connection_id", "processor")]
    assert seen == ["connection", "connection_error", number, "square"]
    kept = await world.ask("GET", f"{PATH}/decisions?provider={provider}", headers=of_provider(provider))
    assert [(each["decision"], each["cause"]) for each in kept.body["data"]] == [
        (None, "connection_error"),
        (None, "no_connection"),
    ]
    await change(world, provider, fallback_enabled=True)
    assert (await post(world, f"{PATH}/route", **wish)).body["decision"] == "platform"
    for wrong, status in (({"provider": None}, 422), ({"order": None}, 422), ({"order": str(uuid7())}, 404)):
        given = {name: value for name, value in {**wish, **wrong}.items() if value is not None}
        assert (await post(world, f"{PATH}/route", **given)).status == status, wrong


async def test_a_look_says_the_same_and_keeps_nothing(world: World, provider: int) -> None:
    await change(world, provider, payment_mode="decentralized")
    await connect(world, provider, "square")
    by_query = await world.ask(
        "GET", f"{PATH}/test-routing?provider={provider}&amount=120.50", headers=world.token(Role.VIEWER)
    )
    by_body = await post(world, f"{PATH}/test-routing", of_provider(provider), amount=120.5)
    assert by_query.body == by_body.body
    assert (by_query.body["processor"], by_query.body["decision_id"]) == ("square", None)
    sample = await world.ask("GET", f"{PATH}/test-routing", headers=world.token(Role.VIEWER))
    assert (sample.status, sample.body["decision"], sample.body["amount"]) == (200, "platform", 100.0)
    assert await world.database.fetchval("SELECT count(*) FROM routing_decisions WHERE provider_id = $1", provider) == 0
    unknown = await world.ask("GET", f"{PATH}/test-routing?nonsense=1", headers=world.token(Role.VIEWER))
    assert unknown.status == 422


async def test_options_are_the_callers_own_or_those_of_an_orders_buyer(world: World, provider: int) -> None:
    await change(world, provider, payment_mode="hybrid")
    await connect(world, provider, "square", "expired")
    own = (await world.ask("GET", f"{PATH}/my-options", headers=of_provider(provider))).body
    assert own["provider"] == provider
    assert [(each["processor"], each["available"], each["cause"]) for each in own["options"]] == [
        ("square", False, "connection_expired"),
        ("stripe", True, None),
    ]
    bought = (await world.buy()).body
    own_link = f"order={bought['orderId']}&token={bought['orderToken']}"
    found = await world.ask("GET", f"{PATH}/my-options?{own_link}")
    assert [each["decision"] for each in found.body["options"]] == ["platform"]
    assert (await world.ask("GET", f"{PATH}/my-options?order={bought['orderId']}&token=x")).status == 404
    assert (await world.ask("GET", f"{PATH}/my-options")).status == 401


@pytest.mark.proves("C-12", "P-11")
async def test_a_provider_reaches_nothing_of_another(world: World, provider: int) -> None:
    await keep(world, other := provider + 1)
    number = (await book(world, other)).body["id"]
    mine, theirs, when = of_provider(provider), of_provider(other), STARTS.isoformat()
    assert (await world.ask("GET", f"{APPOINTMENTS}/{number}", headers=theirs)).status == 200
    for method, path, body in (
        ("GET", f"{APPOINTMENTS}/{number}", None),
        ("PATCH", f"{APPOINTMENTS}/{number}", {"state": "cancelled"}),
        ("POST", f"{APPOINTMENTS}/{number}/pay", {}),
        ("POST", f"{PATH}/route", {"appointment_id": number, "amount": "80.00"}),
        ("POST", f"{PATH}/test-routing", {"appointment_id": number, "amount": "80.00"}),
        ("POST", f"{PATH}/test-routing", {"provider": other}),
        ("GET", f"{PATH}/test-routing?provider={other}", None),
        ("POST", APPOINTMENTS, {"provider": other, "customer_email": "j@example.com", "price": 1, "starts": when}),
    ):  # fmt: skip
        refused = await world.ask(method, path, json=body, headers=mine)
        assert refused.status == 404, (path, refused)
    for path in (f"{APPOINTMENTS}?provider={other}", f"{PATH}/decisions?provider={other}"):
        assert (await world.ask("GET", path, headers=mine)).body["data"] == [], path


async def test_every_process_hears_of_changed_settings(world: World, provider: int) -> None:
    port = free_port()
    another = create({**world.checkout.environ, "FULLHOUSE_SLOT": "1"}, role=ProcessRole.API)
    asked = f"http://127.0.0.1:{port}{PATH}/test-routing?provider={provider}"

    async def changed() -> bool:
        answer = await world.ask("GET", asked, headers=world.token(Role.VIEWER))
        return bool(answer.body["why"][0]["outcome"] == "decentralized")

    async with serving(another, port):
        assert not await changed()
        await change(world, provider, payment_mode="decentralized")
        await world.until(changed, "the other process has the new settings")


async def test_decisions_go_on_from_page_to_page_and_begin_where_one_asks(world: World, provider: int) -> None:
    number = (await book(world, provider)).body["id"]
    for _ in range(3):
        await post(world, f"{PATH}/route", appointment_id=number, amount="80.00")
    headers = of_provider(provider)
    first = (await world.ask("GET", f"{PATH}/decisions?limit=2", headers=headers)).body
    rest = (await world.ask("GET", f"{PATH}/decisions?limit=2&cursor={first['next_cursor']}", headers=headers)).body
    assert (len(first["data"]), len(rest["data"]), rest["next_cursor"]) == (2, 1, None)
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
    assert (await world.ask("GET", f"{PATH}/decisions?since={later}", headers=headers)).body["data"] == []


@pytest.mark.proves("P-11", "W-1")
async def test_a_customer_pays_an_appointment_on_its_page_and_comes_back_to_it_paid(
    world: World, provider: int
) -> None:
    booked = (await book(world, provider)).body
    number, page = booked["id"], f"/appointments/{booked['id']}"
    assert (await world.ask("GET", page)).status == 404, "only its link opens it"
    assert (await world.ask("GET", f"{page}?token=x", allow_redirects=False)).headers.get("Set-Cookie") is None
    query = booked["page"].partition("?")[2]
    come = await world.ask("GET", f"{page}?{query}", allow_redirects=False)
    cookie = {"Cookie": come.headers["Set-Cookie"].partition(";")[0]}
    assert come.headers["Location"] == page
    offered = await world.ask("GET", page, headers=cookie)
    assert ("Card or wallet, by Stripe" in offered.body, "$80.00" in offered.body) == (True, True)
    options = await world.ask("GET", f"{PATH}/my-options?appointment={number}&{query}")
    assert options.status == 200, options
    assert [(each["decision"], each["available"]) for each in options.body["options"]] == [("platform", True)]
    assert (await world.ask("GET", f"{PATH}/my-options?appointment={number}&token=x")).status == 404

    await world.fault(operation="checkout.sessions.create", kind="error", status=400)
    refused = await world.ask("POST", f"{page}/pay", headers=cookie, data={"processor": "platform"})
    assert (refused.status, "Nothing was charged" in refused.body, "Try again" in refused.body) == (502, True, True)
    await world.clear_faults()
    sent = await world.ask("POST", f"{page}/pay", headers=cookie, data={"processor": "platform"})
    by_staff = await post(world, f"{APPOINTMENTS}/{number}/pay", of_provider(provider))
    assert by_staff.body["url"] in sent.body.replace("&amp;", "&"), "the same page for who asks for it by API"
    waiting = await world.ask("GET", f"{page}?paid=1", headers=cookie)
    assert "We wait for the word that your payment is there" in waiting.body

    await world.pay(
        await world.database.fetchval(
            "SELECT page_id FROM way_attempts WHERE appointment_id = $1 AND state = 'open'", number
        )
    )
    back = await world.ask("GET", f"{page}?paid=1", headers=cookie)
    assert "Your payment is there." in back.body
    known = await world.ask("GET", f"{APPOINTMENTS}/{number}", headers=world.token(Role.VIEWER))
    assert (known.body["state"], known.body["page"]) == ("paid", None)
    again = await post(world, f"{APPOINTMENTS}/{number}/pay")
    assert (again.status, again.body["code"], again.body["state"]) == (409, "appointment_not_open", "paid")
    (told,) = [event for event in await world.events(str(number)) if isinstance(event, PaymentAppointmentPaid)]
    assert (told.amount, told.processor) == (8000, "stripe")
    kept = await world.ask("GET", f"{PATH}/decisions?provider={provider}", headers=of_provider(provider))
    assert [[step["step"] for step in each["steps"]] for each in kept.body["data"]] == [
        ["asked", "opened", "paid"],
        ["asked", "declined"],
    ]


@pytest.mark.proves("P-10")
async def test_a_payments_life_is_told_step_by_step(world: World, provider: int) -> None:
    bought = (await world.buy()).body
    await post(world, f"{PATH}/route", order=bought["orderId"], provider=provider, amount="119.80")
    await world.pay(bought["sessionId"])

    async def paid() -> bool:
        return await world.state(bought["orderId"]) == "paid"

    await world.until(paid, "the order is paid")
    found = await world.ask("GET", f"{PATH}/trace?order={bought['orderId']}", headers=world.token(Role.VIEWER))
    seen = {each["step"]: each["data"] for each in found.body["steps"]}
    assert set(seen) == {"ORDER", "ROUTING_DECISION", "PROCESSOR_CALL", "WEBHOOK", "LEDGER"}
    assert (seen["ORDER"]["state"], seen["PROCESSOR_CALL"]["outcome"]) == ("paid", "paid")
    assert (seen["LEDGER"]["kind"], seen["LEDGER"]["amount"]) == ("payment", bought["amount"])
    times = [each["timestamp"] for each in found.body["steps"]]
    assert times == sorted(times)

    number = (await book(world, provider)).body["id"]
    of_it = f"{PATH}/trace?appointment={number}"
    await post(world, f"{PATH}/route", appointment_id=number, amount="80.00")
    booked = await world.ask("GET", of_it, headers=world.token(Role.VIEWER))
    assert [each["step"] for each in booked.body["steps"]] == ["APPOINTMENT", "ROUTING_DECISION"]
    for query, status in (("", 422), (f"?order={uuid7()}", 404), ("?appointment=999999", 404)):
        assert (await world.ask("GET", f"{PATH}/trace{query}", headers=world.token(Role.VIEWER))).status == status
    assert (await world.ask("GET", of_it, headers=of_provider(provider))).status == 403


async def give_back(world: World, number: int, headers: dict[str, str], **body: Any) -> tuple[int, Any]:
    answer = await world.ask(
        "POST", f"{APPOINTMENTS}/{number}/refund", json={"reason": REASON, **body}, headers=headers
    )
    return answer.status, answer.body


@pytest.mark.proves("P-4", "P-10", "P-11")
async def test_a_provider_and_staff_give_it_back_in_parts_and_never_more(world: World, provider: int) -> None:
    number, own = await paid_appointment(world, provider), of_provider(provider)
    for amount in ("0", "-1", "10.001"):
        assert (await give_back(world, number, own, amount=amount))[0] == 422
    assert (await give_back(world, number, of_provider(provider % 1000 + 1), amount="1.00"))[0] == 404
    assert (await give_back(world, number, world.token(Role.OPERATOR), amount="1.00"))[0] == 403

    once = {**own, "Idempotency-Key": str(uuid4())}
    first = await give_back(world, number, once, amount="30.00")
    assert (first[0], first[1]["amount"], first[1]["state"]) == (200, 30.0, "done")
    assert await give_back(world, number, once, amount="30.00") == first
    assert (await give_back(world, number, once, amount="30.01"))[1]["code"] == "idempotency_key_reused"
    status, refused = await give_back(world, number, own, amount="50.01")
    assert (status, refused["code"], refused["left"]) == (409, "refund_above_rest", "50.00")

    await world.fault(operation="refunds.create", kind="error", status=400)
    status, declined = await give_back(world, number, own)
    assert (status, declined["code"], bool(declined["cause"]), bool(declined["reason"])) == (
        409,
        "refund_declined",
        True,
        True,
    )
    await world.clear_faults()
    command = ["payments", "refund", str(number), "--reason", REASON, "--yes"]
    done = await fullhouse(world, *command, "--json")
    assert done.returncode == 0, done.stderr
    rest = json.loads(done.stdout)
    assert (rest["amount"], rest["state"]) == (50.0, "done")
    nothing = await fullhouse(world, *command)
    assert (nothing.returncode, "0.00 USD can still be given back" in nothing.stderr) == (1, True), nothing.stderr

    listed = (await world.ask("GET", f"{APPOINTMENTS}/{number}/refunds", headers=own)).body["data"]
    assert [(each["amount"], each["state"]) for each in listed] == [(30.0, "done"), (50.0, "refused"), (50.0, "done")]
    assert [each["requested_by"] == "staff" for each in listed] == [False, False, True], "its own it sees by address"
    by_staff = (await world.ask("GET", f"{APPOINTMENTS}/{number}/refunds", headers=world.token(Role.VIEWER))).body
    assert "@" in by_staff["data"][2]["requested_by"]
    life = await world.ask("GET", f"{PATH}/trace?appointment={number}", headers=world.token(Role.VIEWER))
    steps = [each["step"] for each in life.body["steps"]]
    assert (steps.count("REFUND"), steps.count("LEDGER")) == (3, 3)
    audited = await world.database.fetchval(
        "SELECT count(*) FROM audit WHERE action = 'appointment_refunded' AND target = $1", f"appointment:{number}"
    )
    assert audited >= 3


@pytest.mark.proves("P-4", "P-11")
async def test_a_cancellation_gives_the_money_back_where_it_is_asked_to(world: World, provider: int) -> None:
    number, own = await paid_appointment(world, provider), of_provider(provider)
    path, wanted = f"{APPOINTMENTS}/{number}", {"state": "cancelled", "refund": True, "reason": REASON}
    for body, headers, status in (
        ({**wanted, "reason": None}, own, 422),
        ({**wanted, "state": "done"}, own, 422),
        (wanted, world.token(Role.OPERATOR), 403),
        (wanted, of_provider(provider % 1000 + 1), 404),
    ):
        assert (await world.ask("PATCH", path, json=body, headers=headers)).status == status
    done = (await world.ask("PATCH", path, json=wanted, headers=own)).body
    assert (done["state"], done["refund"]["amount"], done["refund"]["state"]) == ("cancelled", 80.0, "done")
    again = (await world.ask("PATCH", path, json=wanted, headers=own)).body
    assert (again["state"], again["refund"]) == ("cancelled", None)
    assert len((await world.ask("GET", f"{path}/refunds", headers=own)).body["data"]) == 1

    kept, unpaid = await paid_appointment(world, provider), (await book(world, provider)).body["id"]
    without = (await world.ask("PATCH", f"{APPOINTMENTS}/{kept}", json={"state": "cancelled"}, headers=own)).body
    nothing = (await world.ask("PATCH", f"{APPOINTMENTS}/{unpaid}", json=wanted, headers=own)).body
    assert [each["refund"] for each in (without, nothing)] == [None, None]
    refunds = "SELECT count(*) FROM way_refunds WHERE appointment_id = ANY ($1)"
    assert await world.database.fetchval(refunds, [kept, unpaid]) == 0

    spent = await paid_appointment(world, provider)
    assert (await give_back(world, spent, own))[0] == 200
    refused = await world.ask("PATCH", f"{APPOINTMENTS}/{spent}", json=wanted, headers=own)
    assert (refused.status, refused.body["code"]) == (409, "refund_above_rest")
    assert (await world.ask("GET", f"{APPOINTMENTS}/{spent}", headers=own)).body["state"] == "paid"


@pytest.mark.proves("P-4")
async def test_what_nobody_has_paid_is_not_given_back(world: World, provider: int) -> None:
    number = (await book(world, provider)).body["id"]
    status, refused = await give_back(world, number, of_provider(provider))
    assert (status, refused["code"]) == (409, "appointment_unpaid")
