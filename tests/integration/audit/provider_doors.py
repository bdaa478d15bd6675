"""Where a payment provider's token is let in, and how it asks there for what is another provider's.

A new route that lets providers in has its line in REACHED; what it is about, where that is new, in `Belongings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from chassis.tokens import Role
from tests.integration.audit.house import House
from tests.integration.audit.prepared.providers import a_collection_of

CONNECTIONS: Final = "/api/v1/external-payments/connections"
HYBRID: Final = "/api/v1/hybrid-payments"
APPOINTMENTS: Final = "/api/v1/appointments"
ANALYTICS: Final = "/api/v1/unified-payment-analytics/dashboard"
COLLECTIONS: Final = "/api/v1/platform-collections"


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What a provider has, by the names that routes and bodies have for it.

    provider: its number, which everything of it has somewhere, and nothing else
    state: of a page at a processor to which it was sent
    """

    provider: int
    connection_id: int
    appointment_id: int
    collection_id: int
    state: str

    def parts(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How another's thing is asked for.

    refusal: the code of the answer; empty where one's own things are answered, without any of the other's
    query: with the names of Belongings
    body: JSON
    form: of a page, in the place of that
    owner: the code of what its owner hears; empty for a good answer
    """

    refusal: str = ""
    query: str = ""
    body: Callable[[Belongings], Mapping[str, Any]] | None = None
    form: Mapping[str, str] | None = None
    owner: str = ""


_UNKNOWN: Final = Ask(refusal="unknown_connection")
_PROVIDERS: Final = Ask(query="provider={provider}")


def _named(other: Belongings) -> Mapping[str, Any]:
    return {"provider": other.provider, "amount": "73.11"}


def _an_appointment(other: Belongings) -> Mapping[str, Any]:
    return {"appointment_id": other.appointment_id, "amount": "73.11"}


def _pasted(other: Belongings) -> Mapping[str, Any]:
    return {"provider": other.provider, "processor": "paypal", "credentials": {"client_id": "a", "client_secret": "b"}}


def _booking(other: Belongings) -> Mapping[str, Any]:
    who = {"provider": other.provider, "customer_email": f"c{other.provider}@example.com"}
    return {**who, "price": "73.11", "starts": "2027-03-02T09:00:00Z"}


# In the order in which an owner can do all of it.
REACHED: Final[Mapping[str, Sequence[Ask]]] = {
    f"GET {CONNECTIONS}": [_PROVIDERS],
    f"POST {CONNECTIONS}": [Ask(refusal="role_missing", body=_pasted)],
    f"POST {CONNECTIONS}/authorize": [
        Ask(refusal="role_missing", body=lambda other: {"provider": other.provider, "processor": "square"})
    ],
    f"GET {CONNECTIONS}/{{connection_id}}": [_UNKNOWN],
    f"PATCH {CONNECTIONS}/{{connection_id}}": [
        Ask(refusal="unknown_connection", body=lambda _other: {"account_name": "Mine"})
    ],
    f"POST {CONNECTIONS}/{{connection_id}}/validate": [_UNKNOWN],
    f"POST {CONNECTIONS}/{{connection_id}}/reset": [_UNKNOWN],
    f"POST {CONNECTIONS}/{{connection_id}}/sync": [Ask(refusal="unknown_connection", owner="connection_not_connected")],
    f"GET {CONNECTIONS}/{{connection_id}}/sync": [_UNKNOWN],
    "GET /api/v1/external-payments/transactions": [_PROVIDERS, Ask(query="connection={connection_id}")],
    f"POST {CONNECTIONS}/{{connection_id}}/webhook": [Ask(refusal="unknown_connection", body=lambda _other: {})],
    f"GET {HYBRID}/settings/{{provider}}": [Ask(refusal="role_missing")],
    f"PATCH {HYBRID}/settings/{{provider}}": [
        Ask(refusal="role_missing", body=lambda _other: {"payment_mode": "hybrid"})
    ],
    f"POST {HYBRID}/route": [Ask(refusal="unknown_appointment", body=_an_appointment)],
    f"GET {HYBRID}/test-routing": [
        Ask(refusal="unknown_appointment", query="appointment_id={appointment_id}&amount=73.11"),
        Ask(refusal="unknown_provider", query="provider={provider}"),
    ],
    f"POST {HYBRID}/test-routing": [
        Ask(refusal="unknown_appointment", body=_an_appointment),
        Ask(refusal="unknown_provider", body=_named),
    ],
    f"GET {HYBRID}/my-options": [_PROVIDERS],
    f"GET {HYBRID}/decisions": [_PROVIDERS],
    f"GET {APPOINTMENTS}": [_PROVIDERS],
    f"POST {APPOINTMENTS}": [Ask(refusal="unknown_provider", body=_booking)],
    f"GET {APPOINTMENTS}/{{appointment_id}}": [Ask(refusal="unknown_appointment")],
    "GET /staff/appointments/{appointment_id}/done": [Ask(refusal="unknown_appointment")],
    f"PATCH {APPOINTMENTS}/{{appointment_id}}": [
        Ask(refusal="unknown_appointment", body=lambda _other: {"state": "cancelled"})
    ],
    f"POST {APPOINTMENTS}/{{appointment_id}}/pay": [
        Ask(refusal="unknown_appointment", body=lambda _other: {}, owner="appointment_not_open")
    ],
    f"POST {APPOINTMENTS}/{{appointment_id}}/refund": [
        Ask(refusal="unknown_appointment", body=lambda _other: {"reason": "It was a test"}, owner="appointment_unpaid")
    ],
    f"GET {APPOINTMENTS}/{{appointment_id}}/refunds": [Ask(refusal="unknown_appointment")],
    f"GET {COLLECTIONS}": [_PROVIDERS],
    f"GET {COLLECTIONS}/summary": [_PROVIDERS],
    f"GET {COLLECTIONS}/rates": [_PROVIDERS],
    f"GET {COLLECTIONS}/{{collection_id}}": [Ask(refusal="unknown_collection")],
    f"POST {COLLECTIONS}/{{collection_id}}/verify": [Ask(refusal="unknown_collection")],
    f"GET {ANALYTICS}": [Ask(refusal="role_missing", query="provider={provider}")],
    "GET /staff/providers": [_PROVIDERS],
    "GET /staff/providers/{provider}": [Ask(refusal="role_missing")],
    "POST /staff/providers/{provider}": [
        Ask(
            refusal="role_missing",
            form={"payment_mode": "hybrid", "min_external_amount": "50", "max_platform_amount": "200"},
        )
    ],
    "GET /staff/connections": [_PROVIDERS],
    "GET /staff/appointments": [_PROVIDERS],
    "GET /staff/appointments/{appointment_id}": [Ask(refusal="unknown_appointment")],
    "GET /staff/appointments/{appointment_id}/refund": [Ask(refusal="unknown_appointment")],
    "GET /staff/appointments/{appointment_id}/cancel": [Ask(refusal="unknown_appointment")],
    "POST /staff/appointments/{appointment_id}/refund": [
        Ask(
            refusal="unknown_appointment",
            form={"amount": "7311", "reason": "It was a test", "key": "a-key"},
            owner="appointment_unpaid",
        )
    ],
    "POST /staff/appointments/{appointment_id}/cancel": [
        Ask(refusal="unknown_appointment", form={"reason": "It was a test"})
    ],
    "POST /staff/appointments/{appointment_id}/done": [
        Ask(refusal="unknown_appointment", form={"reason": ""}, owner="appointment_over")
    ],
    "GET /staff/transactions": [_PROVIDERS],
    "GET /staff/collections": [_PROVIDERS],
    "GET /staff/analytics": [_PROVIDERS],
    "GET /staff/connections/return": [
        Ask(refusal="permission_unknown", query="state={state}&code=c", owner="permission_not_given")
    ],
    f"DELETE {CONNECTIONS}/{{connection_id}}": [_UNKNOWN],
}


_TRANSACTION: Final = """
INSERT INTO external_transactions (connection_id, provider_id, processor, payment_id, state, amount, refunded, currency,
                                   commission, created_at, changed_at, seen_at, known_by, version)
VALUES ($1, $2, 'square', $3, 'completed', 7311, 0, 'USD', 0, now(), now(), now(), 'sync', 1)
"""


async def belongings(house: House, provider: int) -> Belongings:
    """What a new provider comes to have, by its own token; each thing has its number somewhere."""

    async def own(path: str, body: Mapping[str, Any]) -> Any:
        answer = await house.ask("checkout", "POST", path, role=Role.PROVIDER, provider=str(provider), body=body)
        assert answer.status == 200, (path, answer.body)
        return answer.json

    who = {"name": f"Studio {provider}", "email": f"p{provider}@example.com"}
    known = await house.ask("checkout", "PUT", f"/api/admin/providers/{provider}", role=Role.ADMIN, body=who)
    assert known.status == 200, known.body
    credentials = {"access_token": f"token-{provider}"}
    account = {"processor": "square", "account_name": f"Studio {provider}", "credentials": credentials}
    connection = await own(CONNECTIONS, account)
    booked = await own(
        APPOINTMENTS,
        {"customer_email": f"c{provider}@example.com", "price": "73.11", "starts": "2026-03-01T09:00:00Z"},
    )
    await own(f"{HYBRID}/route", {"appointment_id": booked["id"], "amount": "73.11"})
    page = await own(f"{CONNECTIONS}/authorize", {"processor": "square"})
    await house.database("checkout").execute(_TRANSACTION, connection["id"], provider, f"pay-{provider}")
    return Belongings(
        provider=provider,
        connection_id=connection["id"],
        appointment_id=booked["id"],
        collection_id=await a_collection_of(house, "checkout", provider),
        state=parse_qs(urlsplit(page["url"]).query)["state"][0],
    )
