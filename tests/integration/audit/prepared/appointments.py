"""Deeds about appointments, and their money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid4

from chassis.tokens import Role
from tests.integration.audit.house import House
from tests.integration.audit.prepared.providers import provider_settings
from tests.integration.audit.prepared.wishes import Prepare, Wish

_OPEN_PAGE: Final = """
INSERT INTO way_attempts (attempt_id, decision_id, appointment_id, provider_id, place, decision, processor, amount,
    currency, commission, wish, state, page_id, page_url, created_at, changed_at)
VALUES ($1, $2, $3, 7, 0, 'platform', 'stripe', 8000, 'USD', 0, '{"key": "k", "amount": 8000, "currency": "USD",
    "title": "", "email": "", "success_url": "", "cancel_url": ""}', 'open', 'cs_1', 'https://pay.example.com',
    app_now(), app_now())
"""
_PAID_PAGE: Final = """
UPDATE way_attempts SET state = 'paid', payment_id = 'pi_' || appointment_id, paid_at = app_now()
WHERE appointment_id = $1
"""
_CHARGE_OF_APPOINTMENT: Final = """
INSERT INTO charge_entries (processor, source_id, appointment_id, kind, amount, currency, fee, at)
VALUES ('stripe', concat('pi_', $1::integer), $1::integer, 'payment', 8000, 'USD', 0, app_now())
"""


async def to_book(house: House, service: str) -> Wish:
    await provider_settings(house, service)
    # In the past: what has not begun can't be marked as done.
    starts = f"2026-03-01T09:00:00.{uuid4().int % 1_000_000:06}Z"
    return Wish(body={"provider": 7, "customer_email": "jordan@example.com", "price": "80.00", "starts": starts})


async def an_appointment(house: House, service: str) -> Wish:
    asked = await to_book(house, service)
    booked = await house.ask(service, "POST", "/api/v1/appointments", role=Role.ADMIN, body=asked.body)
    number = str(booked.json["id"])
    return Wish(parts={"appointment_id": number}, body={"state": "cancelled"}, form={"reason": "it was a test"})


async def to_route(house: House, service: str) -> Wish:
    booked = await an_appointment(house, service)
    return Wish(body={"appointment_id": int((booked.parts or {})["appointment_id"]), "amount": "80.00"})


async def to_pay(house: House, service: str) -> Wish:
    """An appointment whose payment page is open: no processor has to be there."""
    routed = await to_route(house, service)
    number = (routed.body or {})["appointment_id"]
    decided = await house.ask(service, "POST", "/api/v1/hybrid-payments/route", role=Role.ADMIN, body=routed.body)
    await house.database(service).execute(_OPEN_PAGE, uuid4(), UUID(decided.json["decision_id"]), number)
    return Wish(parts={"appointment_id": str(number)}, body={})


async def to_give_back(house: House, service: str) -> Wish:
    """An appointment that was paid; the processor has not to be there: the refund is due then."""
    paid = await to_pay(house, service)
    number = int((paid.parts or {})["appointment_id"])
    await house.database(service).execute(_PAID_PAGE, number)
    await house.database(service).execute(_CHARGE_OF_APPOINTMENT, number)
    body = {"reason": "it was a test"}
    return Wish(parts=paid.parts, body=body, form={**body, "amount": "8000", "key": str(uuid4())})


DEEDS: Final[Mapping[str, Prepare]] = {
    "appointment_booked": to_book,
    "appointment_changed": an_appointment,
    "payment_routed": to_route,
    "payment_routing_tested": to_route,
    "appointment_payment_asked": to_pay,
    "appointment_refunded": to_give_back,
}
