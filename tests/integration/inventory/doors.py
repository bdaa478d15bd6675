"""Inventory as doors ask it: what they scan, upload and take along."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chassis.database import Database
from chassis.keys import PublicKeys
from chassis.tokens import Role
from events import Envelope, TicketCheckedIn, parse_event
from inventory.doors.api import DoorDeps
from tests.integration.inventory.bench import (
    CITY,
    Bench,
    paid_event,
)
from tests.integration.inventory.service import Client, person
from tests.unit.chassis.asgi import Answer, call

OTHER = "austin-mar-2026"
CHECKIN = "/api/admin/checkin"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Inventory as doors ask it, and the stock behind it."""

    client: Client
    bench: Bench

    @property
    def database(self) -> Database:
        return self.bench.database

    async def ask(
        self, path: str = CHECKIN, body: Any = None, *, role: Role = Role.OPERATOR, query: str = ""
    ) -> Answer:
        return await call(
            self.client.app,
            "POST" if body is not None else "GET",
            path,
            query=query,
            headers={**person(role), "Content-Type": "application/json"},
            body=json.dumps(body).encode() if body is not None else b"",
        )

    async def scan(self, code: str, door: str = "Door A", **more: Any) -> dict[str, Any]:
        answer = await self.ask(body={"code": code, "door": door, "cityId": CITY, **more})
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found

    async def upload(self, door: str, scans: list[dict[str, str]]) -> dict[str, Any]:
        answer = await self.ask(body={"codes": scans, "door": door, "cityId": CITY})
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found

    async def door_list(self, city: str = CITY, **headers: str) -> Answer:
        path = f"{CHECKIN}/cities/{city}/list"
        return await call(self.client.app, "GET", path, headers={**person(Role.VIEWER), **headers})

    async def told(self, order_id: UUID) -> list[TicketCheckedIn]:
        """What was said of an order's tickets; also what the relay has taken already."""
        rows = await self.database.fetch("SELECT header_names, header_values, value FROM outbox ORDER BY id")
        events = [
            parse_event(Envelope.parse(zip(row["header_names"], row["header_values"], strict=True)).type, row["value"])
            for row in rows
        ]
        return [event for event in events if isinstance(event, TicketCheckedIn) and event.order_id == order_id]


async def sold(house: House, quantity: int = 1, **changes: Any) -> tuple[UUID, list[str]]:
    """A paid order and the codes of its seats."""
    order = uuid4()
    paid = paid_event(order, quantity, **changes)
    await house.bench.deliver(paid)
    return order, [ticket.code for ticket in paid.tickets]


def scan_of(code: str, at: datetime, scan: str) -> dict[str, str]:
    return {"code": code, "scannedAt": at.isoformat(), "scanId": scan}


def short(code: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(code.encode()).digest()[:10]).decode().rstrip("=")


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def list_key(house: House) -> Ed25519PublicKey:
    deps: DoorDeps = house.client.app.state.deps[DoorDeps]
    return next(iter(PublicKeys.parse(deps.signer.public_keys).keys.values()))
