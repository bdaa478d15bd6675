"""Appointments, booked and paid at the platform by HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chassis.tokens import Role
from tests.integration.checkout.world import Answer, World

APPOINTMENTS = "/api/v1/appointments"
STARTS = datetime(2027, 3, 1, 9, tzinfo=UTC)


async def post(world: World, path: str, headers: dict[str, str] | None = None, **body: Any) -> Answer:
    return await world.ask("POST", path, json=body, headers=headers or world.token(Role.ADMIN))


async def book(world: World, provider: int, price: str = "80.00", **more: Any) -> Answer:
    body = {"provider": provider, "customer_email": "jordan@example.com", "starts": STARTS.isoformat(), **more}
    return await post(world, APPOINTMENTS, price=price, **body)


async def paid_appointment(world: World, provider: int) -> int:
    """An appointment of 80.00, paid at the platform."""
    number: int = (await book(world, provider)).body["id"]
    assert (await post(world, f"{APPOINTMENTS}/{number}/pay")).status == 200
    page = "SELECT page_id FROM way_attempts WHERE appointment_id = $1"
    await world.pay(await world.database.fetchval(page, number))

    async def known() -> bool:
        answer = await world.ask("GET", f"{APPOINTMENTS}/{number}", headers=world.token(Role.VIEWER))
        return bool(answer.body["state"] == "paid")

    await world.until(known, "the appointment is paid")
    return number
