"""Providers' connections: encrypted at rest, seen by nobody, and each provider's own (P-2)."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr

from chassis.audit import Actor
from chassis.clock import SystemClock
from chassis.database import Database
from chassis.encryption import Vault, new_encryption_key
from chassis.http_client import VendorClient
from chassis.tokens import Role, TokenSigner
from checkout.connections import store
from checkout.connections.errors import ConnectionNotReadable
from checkout.connections.payments import ConnectionPayments
from checkout.connections.results import LookResults
from checkout.connections.sealed import ConnectionSecrets, NewConnection
from checkout.connections.service import Connections
from checkout.connections.webhook_handlers import registrations
from checkout.connections.webhook_source import ConnectionSource
from checkout.processors.accounts import Application
from checkout.processors.square import SquareProcessor
from checkout.providers.service import Providers
from checkout.transactions.service import Transactions
from checkout.transactions.webhook_handlers import TransactionHandlers
from checkout.webhooks.workers import WebhookWorker
from eventbus import Outbox
from events import PaymentConnectionChanged, parse_event
from tests.fixtures.leaks import leaks, rows_of_all
from tests.fixtures.postgres import fresh_databases
from tests.integration.audit.house import SIGN_IN, House, open_house
from tests.unit.chassis.asgi import Answer, call

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("P-2", "C-12")]

PATH: Final = "/api/v1/external-payments/connections"
TOKEN: Final = "tok-that-nobody-sees"
WEBHOOK: Final = "webhook-that-nobody-sees"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres: str) -> AsyncIterator[House]:
    with fresh_databases(postgres) as make_database:
        async with open_house(make_database, services=("checkout",)) as opened:
            yield opened


async def ask(
    house: House, method: str, path: str = "", *, role: Role = Role.ADMIN, provider: str | None = None, body: Any = None
) -> Answer:
    token = TokenSigner(SIGN_IN).issue("x", email="x@example.com", role=role, provider=provider)
    path, _, query = path.partition("?")
    return await call(
        house.apps["checkout"],
        method,
        PATH + path,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        query=query,
        body=json.dumps(body).encode() if body is not None else b"",
    )


def wish(**changes: Any) -> dict[str, Any]:
    return {"processor": "square", "credentials": {"access_token": TOKEN}, "webhook_secret": WEBHOOK, **changes}


async def told(database: Database, connection_id: int) -> list[PaymentConnectionChanged]:
    rows = await database.fetch(
        "SELECT value FROM outbox WHERE topic = 'payments' AND key = $1 ORDER BY id", str(connection_id).encode()
    )
    found = [parse_event(PaymentConnectionChanged.type, row["value"]) for row in rows if b'"healthy"' in row["value"]]
    return [each for each in found if isinstance(each, PaymentConnectionChanged)]


async def test_pasted_credentials_are_kept_and_shown_to_nobody(house: House) -> None:
    made = await ask(house, "POST", body=wish(provider=1, account_name="Studio North"))
    assert made.status == 200, made.body
    number = made.json["id"]
    assert (made.json["status"], made.json["healthy"], made.json["issue"]) == ("pending", False, "connection_pending")
    assert (made.json["credentials"], made.json["webhook_secret"]) == ("[REDACTED]", "[REDACTED]")
    assert made.json["webhook_url"].endswith(f"/api/v1/webhooks/square/{number}")
    assert (await ask(house, "GET", f"/{number}", role=Role.VIEWER)).json == made.json
    again = await ask(house, "POST", body=wish(provider=1))
    assert (again.status, again.json["code"]) == (409, "connection_exists")

    changed = await ask(house, "PATCH", f"/{number}", body={"credentials": {"access_token": f"{TOKEN}-2"}})
    assert (changed.status, changed.json["account_name"]) == (200, "Studio North")
    gone = await ask(house, "DELETE", f"/{number}")
    assert (gone.status, gone.json["status"], gone.json["webhook_secret"]) == (200, "revoked", None)
    assert (await ask(house, "GET", f"/{number}")).json["code"] == "unknown_connection"
    database = house.database("checkout")
    assert [(each.previous_status, each.status, each.version) for each in await told(database, number)] == [
        (None, "pending", 1),
        ("pending", "revoked", 3),
    ]
    left = await database.fetchrow(
        "SELECT key_id, data_key, secrets FROM processor_connections WHERE connection_id = $1", number
    )
    assert left is not None
    assert dict(left) == {"key_id": None, "data_key": None, "secrets": None}
    dump = await rows_of_all(database)
    assert leaks([TOKEN, WEBHOOK], {"dump": dump}) == set()
    assert (await ask(house, "POST", body=wish(provider=1))).status == 200, "one that was revoked stands in no way"


async def test_a_provider_reaches_only_its_own(house: House) -> None:
    theirs = (await ask(house, "POST", body=wish(provider=31))).json["id"]
    own = await ask(house, "POST", role=Role.PROVIDER, provider="32", body=wish())
    assert (own.status, own.json["provider"]) == (200, 32), "its own, without saying so"
    foreign = await ask(house, "POST", role=Role.PROVIDER, provider="32", body=wish(provider=31))
    assert (foreign.status, foreign.json["code"]) == (403, "role_missing")

    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"account_name": "Mine now"}),
        ("DELETE", "", None),
        ("POST", "/validate", None),
        ("POST", "/reset", None),
    ):
        answer = await ask(house, method, f"/{theirs}{path}", role=Role.PROVIDER, provider="32", body=body)
        assert (answer.status, answer.json["code"]) == (404, "unknown_connection"), (method, path)
    shown = await ask(house, "GET", role=Role.PROVIDER, provider="32")
    assert [each["id"] for each in shown.json["data"]] == [own.json["id"]]
    assert (await ask(house, "GET", "?provider=31", role=Role.PROVIDER, provider="32")).json["data"] == []
    before = await ask(house, "GET", f"?limit=1&cursor={theirs - 1}")
    rest = await ask(house, "GET", f"?cursor={before.json['next_cursor']}")
    assert [each["id"] for each in before.json["data"] + rest.json["data"]] == [theirs, own.json["id"]]
    changed = await ask(
        house, "PATCH", f"/{own.json['id']}", role=Role.PROVIDER, provider="32", body={"account_name": "Mine"}
    )
    assert (changed.status, changed.json["account_name"]) == (200, "Mine")


async def test_who_may_not_hears_it_before_anything_else(house: House) -> None:
    nameless = await ask(house, "GET", role=Role.PROVIDER, provider="a-hairdresser")
    assert (nameless.status, nameless.json["code"]) == (403, "role_missing")
    for role, provider, body in (
        (Role.VIEWER, None, wish(provider=41)),
        (Role.OPERATOR, None, {"nonsense": True}),
        (Role.PROVIDER, "x", {"nonsense": True}),
    ):
        answer = await ask(house, "POST", role=role, provider=provider, body=body)
        assert (answer.status, answer.json["code"]) == (403, "role_missing"), role
    wrong = await ask(house, "POST", body=wish(processor="Square!", credentials={}, webhook_secret=""))
    assert (wrong.status, set(wrong.json["fields"])) == (422, {"processor", "credentials", "webhook_secret"})
    assert (await ask(house, "POST", body=wish())).json["fields"] == {"provider": "Say whose connection it is."}
    assert (await ask(house, "GET", "?cursor=nonsense")).status == 422


async def page(house: House, path: str, *, provider: str) -> Answer:
    token = TokenSigner(SIGN_IN).issue("x", email="x@example.com", role=Role.PROVIDER, provider=provider)
    path, _, query = path.partition("?")
    headers = {"Cookie": f"fullhouse_session={token}"}
    return await call(house.apps["checkout"], "GET", path, headers=headers, query=query)


@pytest.mark.proves("W-2")
async def test_a_provider_sees_its_own_connections_on_a_page_and_is_sent_to_its_processor(house: House) -> None:
    await ask(house, "POST", body=wish(provider=61, account_name="Studio South"))
    await ask(house, "POST", body=wish(provider=62, account_name="Studio West"))
    shown = (await page(house, "/staff/connections", provider="61")).body.decode()
    assert "Studio South" in shown
    assert "Studio West" not in shown
    assert "/staff/orders" not in shown, "what a provider may not see is not offered"
    assert (await page(house, "/staff/connections", provider="a-hairdresser")).status == 403

    sent = await ask(house, "POST", "/authorize", role=Role.PROVIDER, provider="61", body={"processor": "square"})
    assert sent.status == 200, sent.body
    assert "/oauth2/authorize?" in sent.json["url"]
    foreign = await ask(
        house, "POST", "/authorize", role=Role.PROVIDER, provider="61", body={"processor": "square", "provider": 62}
    )
    assert (foreign.status, foreign.json["code"]) == (403, "role_missing")
    back = await page(house, "/staff/connections/return?state=nonsense&code=any", provider="61")
    assert back.status == 409
    assert "not expected" in back.body.decode()
    nobody = await call(house.apps["checkout"], "GET", "/staff/connections/return", query="state=x&code=y")
    assert (nobody.status, nobody.headers["location"].partition("?")[0]) == (303, "/login")


OLD, NEW = (SecretStr(new_encryption_key()) for _ in range(2))


def connections(*keys: SecretStr) -> Connections:
    clock = SystemClock()
    outbox = Outbox(source="checkout", clock=clock, wake=lambda: None)
    return Connections(Vault(keys), public_url="https://tickets.example.com", outbox=outbox, clock=clock)


class KilledError(Exception):
    """What happens to a process between a statement and its commit."""


async def killed_in_the_middle(database: Database, under_test: Connections) -> None:
    async with database.transaction() as tx:
        assert await under_test.rotate_one(tx)
        raise KilledError


async def test_keys_are_rotated_while_both_are_accepted_and_nothing_is_unreadable_in_between(house: House) -> None:
    """Each connection is under one key or the other, wherever a rotation was stopped."""
    database, actor = house.database("checkout"), Actor(name="test")
    await database.execute("DELETE FROM processor_connections")
    before, during, after = connections(OLD, NEW), connections(NEW, OLD), connections(NEW)
    made = {}
    for number in range(5):
        secrets = ConnectionSecrets(pasted={"access_token": SecretStr(f"tok-{number}-{uuid4()}")})
        async with database.transaction() as tx:
            found = await before.create(
                tx, NewConnection(provider_id=50 + number, processor="square", secrets=secrets), actor=actor
            )
        made[found.connection_id] = secrets

    async def readable_by(*readers: Connections) -> None:
        for number, secrets in made.items():
            connection = await store.get(database, number)
            assert connection is not None
            for each in readers:
                assert await each.secrets(database, connection) == secrets

    await readable_by(before, during)
    left = 5
    while left:
        with pytest.raises(KilledError):
            await killed_in_the_middle(database, during)
        await readable_by(before, during)
        async with database.transaction() as tx:
            assert await during.rotate_one(tx)
        await readable_by(before, during)
        async with database.transaction() as tx:
            now_left = await during.rotated(tx, 1, actor=actor)
        assert now_left == left - 1
        left = now_left
    async with database.transaction() as tx:
        assert not await during.rotate_one(tx)
    await readable_by(after)
    connection = await store.get(database, next(iter(made)))
    assert connection is not None
    with pytest.raises(ConnectionNotReadable):
        await connections(OLD).secrets(database, connection)


SELLER: Final = "MLR4V2XQ9K7T1"
_NOW: Final = "2026-11-21T17:00:00Z"
_PAID: Final = {
    "id": "pay_1",
    "status": "COMPLETED",
    "total_money": {"amount": 8_000, "currency": "USD"},
    "created_at": "2026-11-21T16:58:00Z",
    "updated_at": _NOW,
}
_REFUND: Final = {
    "id": "ref_1",
    "payment_id": "pay_1",
    "status": "COMPLETED",
    "amount_money": {"amount": 8_000, "currency": "USD"},
}
_REVOCATION: Final = {"revoked_at": _NOW, "revoker_type": "MERCHANT"}


def square_event(kind: str, name: str, subject: dict[str, Any], *, seller: str = SELLER) -> bytes:
    """As Square writes it, under an id of its own."""
    data = {"type": name, "id": str(uuid4()), "object": {name: subject}}
    return json.dumps(
        {"merchant_id": seller, "type": kind, "event_id": str(uuid4()), "created_at": _NOW, "data": data}
    ).encode()


def payment_event(**changes: Any) -> bytes:
    return square_event("payment.updated", "payment", _PAID, **changes)


async def deliver(
    house: House, connection: dict[str, Any], body: bytes, *, secret: str | None = WEBHOOK, path: str | None = None
) -> Answer:
    """As Square sends it: signed over the address that it was told, and the body."""
    signed = hmac.digest((secret or "").encode(), connection["webhook_url"].encode() + body, "sha256")
    headers = {"X-Square-HmacSha256-Signature": base64.b64encode(signed).decode()} if secret else {}
    return await call(
        house.apps["checkout"],
        "POST",
        path or f"/api/v1/webhooks/square/{connection['id']}",
        headers=headers,
        body=body,
    )


async def stored(house: House, connection: dict[str, Any]) -> list[tuple[str, str | None]]:
    """State and cause of what came in for a connection, in the order in which it came."""
    rows = await house.database("checkout").fetch(
        "SELECT state, cause FROM webhook_events WHERE connection_id = $1 ORDER BY received_at, event_id",
        connection["id"],
    )
    return [(row["state"], row["cause"]) for row in rows]


@pytest.mark.proves("P-5")
async def test_what_the_connections_secret_has_signed_is_stored_once_before_it_is_answered(house: House) -> None:
    made = (await ask(house, "POST", body=wish(provider=71, account_id=SELLER))).json
    other = (await ask(house, "POST", body=wish(provider=72, webhook_secret="another-secret"))).json
    bare = (await ask(house, "POST", body=wish(provider=73, webhook_secret=None))).json
    body, here = payment_event(), f"/api/v1/webhooks/square/{made['id']}"
    refused = {
        "another connection's secret": await deliver(house, made, body, secret="another-secret"),
        "another connection's address": await deliver(house, made, body, path=f"/api/v1/webhooks/square/{other['id']}"),
        "no secret here": await deliver(house, {**made, "id": bare["id"]}, body),
        "no event": await deliver(house, made, b'{"event_id": 7}'),
    }
    for why, answer in refused.items():
        assert (answer.status, answer.json["code"]) == (400, "webhook_signature_invalid"), why
    missing = await deliver(house, made, body, secret=None)
    assert (missing.status, missing.json["code"]) == (400, "signature_missing")
    for path in (f"/api/v1/webhooks/paypal/{made['id']}", "/api/v1/webhooks/square/999999", "/api/v1/webhooks/till/1"):
        unknown = await deliver(house, made, body, path=path)
        assert (unknown.status, unknown.json["code"]) == (404, "unknown_connection"), path
    assert (await deliver(house, made, body, path="/api/v1/webhooks/square/twelve")).status == 422
    assert (await deliver(house, made, b" " * (512 * 1024) + body)).status == 413
    for method in ("GET", "HEAD"):
        looked = await call(house.apps["checkout"], method, here)
        assert (looked.status, looked.headers["allow"]) == (405, "POST")
    assert [await stored(house, each) for each in (made, other, bare)] == [[], [], []]

    for _ in range(2):
        taken = await deliver(house, made, body)
        assert (taken.status, taken.json) == (200, {"received": True})
    assert await stored(house, made) == [("received", None)]
    event_id = f"{made['id']}.{json.loads(body)['event_id']}"
    token = TokenSigner(SIGN_IN).issue("x", email="x@example.com", role=Role.VIEWER)
    shown = await call(
        house.apps["checkout"],
        "GET",
        f"/api/admin/webhooks/square/{event_id}",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert shown.json["payload"]["amounts"] == {"status": "completed", "amount": 8_000, "currency": "USD"}


@pytest.mark.proves("P-5")
async def test_news_reach_the_connection_whose_account_they_are_about(house: House) -> None:
    database, clock = house.database("checkout"), SystemClock()
    made = (await ask(house, "POST", body=wish(provider=81, account_id=SELLER))).json
    renewed = (await ask(house, "POST", body=wish(provider=82, account_id=SELLER))).json
    await database.execute(
        "UPDATE processor_connections SET credentials_since = now() WHERE connection_id = $1", renewed["id"]
    )
    # What was paid before its account was connected doesn't count.
    await database.execute(
        "UPDATE processor_connections SET created_at = $2 WHERE connection_id = $1",
        made["id"],
        datetime.fromisoformat(str(_PAID["created_at"])),
    )
    revoked = square_event("oauth.authorization.revoked", "revocation", _REVOCATION)
    application = Application(client_id="client-1", client_secret=SecretStr("client-secret"))
    async with VendorClient("square", "http://127.0.0.1:9") as nobody:
        square = SquareProcessor(nobody, base_url="http://127.0.0.1:9", application=application, clock=clock)
        payments = ConnectionPayments(connections(OLD), database=database, processors={"square": square})
        outbox = Outbox(source="checkout", clock=clock, wake=lambda: None)
        transactions = Transactions(Providers(outbox=outbox, currency="USD", clock=clock), outbox=outbox, clock=clock)
        worker = WebhookWorker(
            database=database,
            registered=registrations(
                [ConnectionSource(square, payments, database=database, clock=clock)],
                LookResults(connections(OLD), clock=clock),
                TransactionHandlers(transactions).moved,
            ),
            outbox=outbox,
            clock=clock,
        )
        await worker.work()
        for connection, body in (
            (made, payment_event()),
            (made, payment_event(seller="ML-OF-SOMEBODY-ELSE")),
            (made, square_event("refund.updated", "refund", _REFUND)),
            (made, revoked),
            (renewed, revoked),
        ):
            assert (await deliver(house, connection, body)).status == 200
            await worker.work()
    assert await stored(house, made) == [
        ("done", None), ("ignored", "not_ours"), ("waiting", "payment_not_told"), ("done", None)
    ]  # fmt: skip
    after = (await ask(house, "GET", f"/{made['id']}")).json
    assert (after["status"], after["issue"]) == ("expired", "connection_expired")
    assert after["last_transaction_at"] == _PAID["created_at"]
    assert [(each.status, each.cause) for each in await told(database, made["id"])] == [
        ("pending", "new_credentials"),
        ("expired", "access_revoked"),
    ]
    assert await stored(house, renewed) == [("done", None)], "the same event of another connection is its own"
    assert (await ask(house, "GET", f"/{renewed['id']}")).json["status"] == "pending", "its credentials are newer"
