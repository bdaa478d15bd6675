"""What is wrong, forged, stale, repeated or nobody's: each has its answer, and leaves nothing behind (C-4, C-12, C-13).

One table. After each row the whole database is what it was, but for what the row says that must be kept.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from stripe import WebhookSignature

from chassis.keys import SigningKey
from chassis.settings import SANDBOX_STAND_INS
from chassis.tokens import Role, TokenSigner
from tests.integration.checkout.books import changed, contents
from tests.integration.checkout.world import SIGN_IN, Answer, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = SANDBOX_STAND_INS["STRIPE_WEBHOOK_SECRET"]
BUY, HOOK = "/api/create-checkout-session", "/api/webhooks/stripe"
JSON_TYPE = {"Content-Type": "application/json"}
MEGABYTE = 1_000_000
KEPT_OF_A_FAILED_WEBHOOK = {"webhook_events": 1, "outbox": 1}

Send = Callable[["Scene"], Awaitable[Answer]]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`completed`: the event that paid `paid_order`; `open_session`: the page of an order that waits for money."""

    world: World
    completed: Json
    open_session: Json


@dataclass(frozen=True, slots=True)
class Row:
    """`keeps`: rows that must be added, by table; no other table may change."""

    name: str
    send: Send
    status: int
    code: str | None
    keeps: Mapping[str, int] = field(default_factory=dict)


def raw(body: bytes, headers: Mapping[str, str] = JSON_TYPE) -> Send:
    async def send(scene: Scene) -> Answer:
        return await scene.world.ask("POST", BUY, data=body, headers=headers)

    return send


def wish(**changes: Any) -> Send:
    async def send(scene: Scene) -> Answer:
        return await scene.world.buy(**changes)

    return send


def customer(**changes: Any) -> Send:
    async def send(scene: Scene) -> Answer:
        person = {**scene.world.wish()["customerData"], **changes}
        return await scene.world.ask(
            "POST", BUY, data=json.dumps(scene.world.wish(customerData=person)), headers=JSON_TYPE
        )

    return send


def buying(*, headers: Mapping[str, str]) -> Send:
    async def send(scene: Scene) -> Answer:
        return await scene.world.ask("POST", BUY, data=json.dumps(scene.world.wish()), headers=headers)

    return send


async def in_pieces(scene: Scene) -> Answer:
    """1 MB whose length nobody says beforehand."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MEGABYTE // 10_000):
            yield b" " * 10_000

    return await scene.world.ask("POST", BUY, data=pieces(), headers=JSON_TYPE)


def hook(change: Callable[[Scene], Json], *, secret: str = SECRET, age: int = 0, tampered: bytes = b"") -> Send:
    """An event, signed as Stripe signs it."""

    async def send(scene: Scene) -> Answer:
        return await signed(scene, json.dumps(change(scene)).encode(), secret=secret, age=age, tampered=tampered)

    return send


def hook_bytes(body: bytes) -> Send:
    async def send(scene: Scene) -> Answer:
        return await signed(scene, body)

    return send


async def signed(scene: Scene, body: bytes, *, secret: str = SECRET, age: int = 0, tampered: bytes = b"") -> Answer:
    signature = WebhookSignature.generate_signature_header(body.decode(), secret, int(time.time()) - age)
    return await scene.world.ask("POST", HOOK, data=body + tampered, headers={"Stripe-Signature": signature})


def plain_hook(method: str, **headers: str) -> Send:
    async def send(scene: Scene) -> Answer:
        data = json.dumps(scene.completed) if method == "POST" else None
        return await scene.world.ask(method, HOOK, data=data, headers=headers)

    return send


def same(scene: Scene) -> Json:
    return scene.completed


def strangers(scene: Scene) -> Json:
    """Paid, well signed, sold as ours, and of no order or city of ours."""
    session = {
        **scene.completed["data"]["object"],
        "id": "cs_test_strange",
        "metadata": {"cityId": "nowhere", "ticketType": "GA", "quantity": "1"},
        "client_reference_id": None,
    }
    return {**scene.completed, "id": "evt_strange", "data": {"object": session}}


def cheap(scene: Scene) -> Json:
    """The page of an order that waits for its money, paid with a cent."""
    session = {
        **scene.open_session,
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 1,
        "payment_intent": "pi_cheap",
    }
    return {**scene.completed, "id": "evt_cheap", "data": {"object": session}}


def in_euros(scene: Scene) -> Json:
    event = cheap(scene)
    session = {**event["data"]["object"], "amount_total": scene.open_session["amount_total"], "currency": "eur"}
    return {**event, "id": "evt_euros", "data": {"object": session}}


def really_live(scene: Scene) -> Json:
    event = cheap(scene)
    session = {**event["data"]["object"], "amount_total": scene.open_session["amount_total"], "livemode": True}
    return {**event, "id": "evt_live", "livemode": True, "data": {"object": session}}


def staff(path: str, token: str | None) -> Send:
    async def send(scene: Scene) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await scene.world.ask("GET", path, headers=headers)

    return send


def issued(key: SigningKey = SIGN_IN, *, role: Role = Role.ADMIN, seconds: int = 86_400) -> str:
    provider = "p1" if role is Role.PROVIDER else None
    lifetime = timedelta(seconds=seconds)
    return TokenSigner(key).issue("ann", email="ann@example.com", role=role, provider=provider, lifetime=lifetime)


def unsigned() -> str:
    """`alg: none`, with the claims of a good one."""
    header = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    return f"{header}.{issued().split('.')[1]}."


BUYING: Sequence[Row] = (
    Row("malformed JSON", raw(b'{"ticketType": "GA",'), 400, "malformed_json"),
    Row("no UTF-8", raw(b'{"ticketType": "\xff"}'), 400, "malformed_json"),
    Row("a thousand lists", raw(b"[" * 30_000), 400, "malformed_json"),
    Row("no object", raw(b'["GA"]'), 422, "invalid_request"),
    Row("nothing", raw(b""), 422, "invalid_request"),
    Row(
        "a form",
        raw(b"ticketType=GA", {"Content-Type": "application/x-www-form-urlencoded"}),
        415,
        "unsupported_media_type",
    ),
    Row("JSON called text", buying(headers={"Content-Type": "text/plain"}), 415, "unsupported_media_type"),
    Row("1 MB", raw(b" " * MEGABYTE), 413, "body_too_large"),
    Row("1 MB in pieces", in_pieces, 413, "body_too_large"),
    Row("unknown tier", wish(ticketType="balcony"), 422, "invalid_request"),
    Row("unknown city", wish(cityId="atlantis"), 404, "unknown_city"),
    Row("a city with a NUL", wish(cityId="dallas\0"), 422, "invalid_request"),
    Row("0 seats", wish(quantity=0), 422, "invalid_request"),
    Row("-1 seats", wish(quantity=-1), 422, "invalid_request"),
    Row("10^9 seats", wish(quantity=10**9), 422, "invalid_request"),
    Row("10^30 seats", wish(quantity=10**30), 422, "invalid_request"),
    Row("a string of seats", wish(quantity="2"), 422, "invalid_request"),
    Row("half a seat", wish(quantity=1.5), 422, "invalid_request"),
    Row("true seats", wish(quantity=True), 422, "invalid_request"),
    Row("one seat more than an order may have", wish(quantity=7), 422, "invalid_request"),
    Row("an e-mail without @", customer(email="jordan.example.com"), 422, "invalid_request"),
    Row("two lines of e-mail", customer(email="a@example.com\r\nBcc: b@example.com"), 422, "invalid_request"),
    Row("a number as a name", customer(firstName=7), 422, "invalid_request"),
    Row("a NUL in a name", customer(firstName="Jor\0dan"), 422, "invalid_request"),
    Row("half a letter in a name", customer(firstName="\ud83d"), 422, "invalid_request"),
    Row("a name turned round", customer(firstName="\u202eJordan"), 422, "invalid_request"),
    Row("no name", customer(firstName=" \u200b "), 422, "invalid_request"),
    Row("a name of 300 letters", customer(lastName="x" * 300), 422, "invalid_request"),
    Row("a NUL in a phone number", customer(phone="352\0"), 422, "invalid_request"),
    Row("an unknown business", customer(businessType="pirate"), 422, "invalid_request"),
    Row("a code that leaves too little to pay", wish(discountCode="DEEP", quantity=1), 422, "invalid_request"),
    Row("an unknown code", wish(discountCode="FREE"), 422, "invalid_request"),
    Row("a key with a space", buying(headers={**JSON_TYPE, "Idempotency-Key": "a b"}), 422, "invalid_request"),
    Row("a key of 300 signs", buying(headers={**JSON_TYPE, "Idempotency-Key": "k" * 300}), 422, "invalid_request"),
)
HOOKS: Sequence[Row] = (
    Row("no signature", plain_hook("POST"), 400, "signature_missing"),
    Row(
        "nonsense for a signature",
        plain_hook("POST", **{"Stripe-Signature": "t=1,v1=zz"}),
        400,
        "webhook_signature_invalid",
    ),
    Row("a forged signature", hook(same, secret="whsec_" + "f" * 32), 400, "webhook_signature_invalid"),
    Row("another body than was signed", hook(same, tampered=b" "), 400, "webhook_signature_invalid"),
    Row("a stale signature", hook(same, age=301), 400, "webhook_signature_invalid"),
    Row("a signature of tomorrow", hook(same, age=-86_400), 400, "webhook_signature_invalid"),
    Row("signed, and no JSON", hook_bytes(b"{"), 400, "webhook_signature_invalid"),
    Row("signed, and no event", hook_bytes(b'{"id": "evt_1"}'), 400, "webhook_signature_invalid"),
    Row("signed 1 MB", hook_bytes(b" " * MEGABYTE), 413, "body_too_large"),
    Row("a GET", plain_hook("GET"), 405, "method_not_allowed"),
    Row("a replay", hook(same), 200, None),
    Row("an unknown order", hook(strangers), 200, None, KEPT_OF_A_FAILED_WEBHOOK),
    Row("a wrong amount", hook(cheap), 200, None, KEPT_OF_A_FAILED_WEBHOOK),
    Row("a wrong currency", hook(in_euros), 200, None, KEPT_OF_A_FAILED_WEBHOOK),
    Row("a wrong mode", hook(really_live), 200, None, KEPT_OF_A_FAILED_WEBHOOK),
)
STAFF: Sequence[Row] = tuple(
    Row(f"{name} on {path}", staff(path, token), status, code)
    for path in ("/api/orders", "/api/orders?limit=0", "/api/admin/webhooks", "/api/admin/webhooks/stripe/evt_1")
    for name, token, status, code in (
        ("no token", None, 401, "token_missing"),
        ("nonsense", "nonsense", 401, "token_invalid"),
        ("an unsigned token", unsigned(), 401, "token_invalid"),
        ("an expired token", issued(seconds=-60), 401, "token_expired"),
        ("a foreign token", issued(SigningKey.generate("s1")), 401, "token_invalid"),
        ("a provider's token", issued(role=Role.PROVIDER), 403, "role_missing"),
    )
)


@pytest.mark.proves("C-1", "C-4", "C-12", "C-13", "X-4")
async def test_nothing_wrong_is_stored_and_each_has_its_code(world: World) -> None:
    scene = await set_the_scene(world)
    wrong: list[str] = []
    for row in (*BUYING, *HOOKS, *STAFF):
        before, held = await contents(world), await world.stock()
        answer = await row.send(scene)
        code = answer.body.get("code") if isinstance(answer.body, dict) else None
        if (answer.status, code) != (row.status, row.code):
            wrong.append(f"{row.name}: {answer.status} {code}, not {row.status} {row.code}")
        await handled(world)
        after = await contents(world)
        if (added := changed(before, after)) != row.keeps:
            wrong.append(f"{row.name}: changes {added}, not {dict(row.keeps)}")
        if await world.stock() != held:
            wrong.append(f"{row.name}: holds seats")
    assert wrong == []
    assert await world.state(scene.open_session["metadata"]["orderId"]) == "awaiting_payment"
    reasons = await world.database.fetch("SELECT event_id, cause FROM webhook_events WHERE state = 'failed'")
    assert {row["event_id"]: row["cause"] for row in reasons} == {
        "evt_strange": "session_unknown",
        "evt_cheap": "amount_mismatch",
        "evt_euros": "amount_mismatch",
        "evt_live": "amount_mismatch",
    }


async def set_the_scene(world: World) -> Scene:
    """One order paid and sold, one that waits for its money; nothing is under way any more."""
    paid, waiting = (await world.buy()).body, (await world.buy(quantity=1)).body
    await world.pay(paid["sessionId"])
    await world.until_state(paid["orderId"], "paid")
    await world.until_stock(1, 2)

    async def at_rest() -> bool:
        before = await contents(world)
        return await settled(world) and before == await contents(world) and await fulfilled(world)

    await world.until(at_rest, "nothing is under way")
    key = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}
    found = await world.ask("GET", f"{world.sandbox}/stripe/v1/events?type=checkout.session.completed", headers=key)
    page = await world.ask("GET", f"{world.sandbox}/stripe/v1/checkout/sessions/{waiting['sessionId']}", headers=key)
    return Scene(world=world, completed=found.body["data"][0], open_session=page.body)


async def fulfilled(world: World) -> bool:
    return bool(await world.database.fetchval("SELECT count(*) FROM order_stock"))


async def settled(world: World) -> bool:
    sql = (
        "SELECT (SELECT count(*) FROM outbox) + count(*) FROM webhook_events WHERE state IN ('received', 'processing')"
    )
    return bool(await world.database.fetchval(sql) == 0)


async def handled(world: World) -> None:
    async def at_rest() -> bool:
        return await settled(world)

    await world.until(at_rest, "what came in is handled and told")
