"""The whole service in this process, on a real database and Kafka, and somebody who asks it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from pydantic import SecretStr

from chassis.keys import SigningKey
from chassis.process import ProcessRole
from chassis.tokens import Role, ServiceTokens, TokenSigner
from inventory.app import create
from inventory.pools.internal_api import HoldDeps
from tests.fixtures.kafka import kafka_variables
from tests.integration.inventory.bench import KEY
from tests.unit.chassis.asgi import Answer, call

SERVICE_KEY = "k" * 32
SIGN_IN = SigningKey.generate("s1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Asks as checkout does, and as people do."""

    app: FastAPI

    @property
    def deps(self) -> HoldDeps:
        """What the routes of holds work with."""
        found: HoldDeps = self.app.state.deps[HoldDeps]
        return found

    async def hold(self, order_id: UUID, quantity: int = 1, *, trace: str | None = None, **changes: Any) -> Answer:
        body = {
            "orderId": str(order_id),
            "cityId": "dallas-jan-2026",
            "tier": "ga",
            "quantity": quantity,
            "holdSeconds": 600,
            "deadlineMs": 20_000,
            **changes,
        }
        headers = {**service_token(), "Content-Type": "application/json"}
        if trace is not None:
            headers["traceparent"] = f"00-{trace}-{1:016x}-01"
        return await call(self.app, "POST", "/internal/holds", headers=headers, body=json.dumps(body).encode())

    async def release(self, order_id: UUID) -> Answer:
        return await call(self.app, "DELETE", f"/internal/holds/{order_id}", headers=service_token())

    async def get(self, path: str, **headers: str) -> Answer:
        path, _, query = path.partition("?")
        return await call(self.app, "GET", path, query=query, headers=headers)


def service_token(audience: str = "inventory") -> dict[str, str]:
    return {"Authorization": f"Bearer {ServiceTokens([SecretStr(SERVICE_KEY)]).issue('checkout', audience)}"}


def person(role: Role) -> dict[str, str]:
    provider = "barber-1" if role is Role.PROVIDER else None
    token = TokenSigner(SIGN_IN).issue("ann", email="ann@example.com", role=role, provider=provider)
    return {"Authorization": f"Bearer {token}"}


def environ(url: str, *, kafka: str, prefix: str) -> Mapping[str, str]:
    return {**variables(url), **kafka_variables(kafka, prefix=prefix)}


def variables(url: str) -> Mapping[str, str]:
    """All but where Kafka is."""
    return {
        "FULLHOUSE_MODE": "sandbox",
        "DATABASE_URL": url,
        "AUTH_PUBLIC_KEYS": SIGN_IN.public_keys().export(),
        "TICKET_PUBLIC_KEYS": KEY.public_keys().export(),
        "SERVICE_TOKEN_KEY": SERVICE_KEY,
        "METRICS_TOKEN": "m" * 20,
    }


@asynccontextmanager
async def running(values: Mapping[str, str], *, role: ProcessRole = ProcessRole.ALL) -> AsyncIterator[Client]:
    app = create(values, role=role)
    async with app.router.lifespan_context(app):
        yield Client(app=app)
