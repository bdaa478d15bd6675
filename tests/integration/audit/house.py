"""The four services in this process, each on a database of its own, and people who do things there by HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from chassis.audit.refused import RefusedDeeds
from chassis.database import Database
from chassis.encryption import new_encryption_key
from chassis.http.deeds import DeedGuard
from chassis.http.guards import PersonGuard, guards_of
from chassis.keys import SigningKey
from chassis.process import ProcessRole
from chassis.tokens import Role, TokenSigner
from stack.layout import SERVICES
from tests.fixtures.ports import free_port
from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.serving import serving
from tests.integration.notifier import harness
from tests.unit.chassis.asgi import Answer, call

SIGN_IN = SigningKey.generate("s1")
TICKETS = SigningKey.generate("t1")
# Nobody listens there: what is told to Kafka or sent to vendors waits or fails, which is nothing to the audit.
NOWHERE = 9
ADDRESS = "203.0.113.77"
READING: Final = frozenset({"GET", "HEAD"})
# In the place of the parts of a path that are nothing's.
NOBODYS_ID: Final = "0190b3a0-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Door:
    """An operation of a service by which a person does something."""

    service: str
    method: str
    path: str
    guards: tuple[PersonGuard, ...]

    @property
    def deed(self) -> DeedGuard:
        (guard,) = self.guards
        assert isinstance(guard, DeedGuard), f"{self} does something, and says not what (chassis.http.deeds)"
        return guard

    @property
    def on_a_page(self) -> bool:
        return self.path.startswith("/staff/")

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class House:
    apps: Mapping[str, FastAPI]

    def database(self, service: str) -> Database:
        found: Database = self.apps[service].state.bus.database
        return found

    def database_url(self, service: str) -> str:
        url: str = self.apps[service].state.settings.database_url.get_secret_value()
        return url

    def refused(self, service: str) -> RefusedDeeds:
        found: RefusedDeeds = self.apps[service].state.refused_deeds
        return found

    def doors(self) -> Iterator[Door]:
        for service, app in self.apps.items():
            for context in iter_route_contexts(app.routes):
                if not isinstance(context.original_route, APIRoute):
                    continue
                assert context.original_route.path == context.path, "logs and figures name a route by its own path"
                guards = [each for each in guards_of(context.original_route.dependant) if isinstance(each, PersonGuard)]
                for method in (context.methods or set()) - READING if guards else ():
                    yield Door(service, method, context.path or "", tuple(guards))

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        *,
        role: Role | None = None,
        provider: str | None = None,
        query: str = "",
        body: Any = None,
        text: str = "",
    ) -> Answer:
        """`provider`: whose the token is, for the role of providers; `text`: a body that is no JSON."""
        sent = json.dumps(body) if body is not None else text
        return await self._send(service, method, path, "application/json", sent, role, query, provider=provider)

    async def send(
        self, service: str, path: str, form: Mapping[str, str], *, role: Role, provider: str | None = None
    ) -> Answer:
        """As a page's form does."""
        kind = "application/x-www-form-urlencoded"
        return await self._send(service, "POST", path, kind, urlencode(form), role, "", provider=provider)

    async def _send(
        self,
        service: str,
        method: str,
        path: str,
        kind: str,
        body: str,
        role: Role | None,
        query: str,
        *,
        provider: str | None = None,
    ) -> Answer:
        headers = {"X-Forwarded-For": ADDRESS, "Content-Type": kind, **(bearer(role, provider) if role else {})}
        return await call(self.apps[service], method, path, headers=headers, query=query, body=body.encode())

    async def log(self, service: str, **filters: Any) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        path = f"/api/admin/{service}/audit-log"
        answer = await self.ask(service, "GET", path, role=Role.ADMIN, query=query)
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json["data"]
        return found


def path_of(path: str, parts: Mapping[str, str] | None = None) -> str:
    """The address of a route, with these parts of its path."""
    return re.sub(r"{(\w+)}", lambda found: (parts or {}).get(found[1], NOBODYS_ID), path)


def email_of(role: Role) -> str:
    return f"{role}@example.com"


def bearer(role: Role, provider: str | None = None) -> dict[str, str]:
    """`provider`: whose the token is, for the role of providers; each has an address of its own."""
    email = email_of(role) if provider is None else f"p{provider}@example.com"
    signed = TokenSigner(SIGN_IN).issue(provider or role, email=email, role=role, provider=provider)
    return {"Authorization": f"Bearer {signed}"}


@asynccontextmanager
async def open_house(
    make_database: MakeDatabase, *, services: Sequence[str] = SERVICES, vendors: int = NOWHERE
) -> AsyncIterator[House]:
    """`vendors`: the port at which all of them are asked."""
    inventory = free_port()
    async with AsyncExitStack() as stack:
        apps = {}
        for service in services:
            values = {
                **harness.environment(
                    database=make_database(service),
                    kafka=f"127.0.0.1:{NOWHERE}",
                    prefix="",
                    notifier=NOWHERE,
                    sandbox=vendors,
                ),
                "AUTH_SIGNING_KEY": SIGN_IN.export(),
                "AUTH_PUBLIC_KEYS": SIGN_IN.public_keys().export(),
                "TICKET_SIGNING_KEY": TICKETS.export(),
                "ENCRYPTION_KEY": new_encryption_key(),
                "TICKET_PUBLIC_KEYS": TICKETS.public_keys().export(),
                "INVENTORY_URL": f"http://127.0.0.1:{inventory}",
                "AUTHORIZED_DOMAIN": "example.com",
            }
            apps[service] = app = import_module(f"{service}.app").create(values, role=ProcessRole.API)
            await stack.enter_async_context(app.router.lifespan_context(app))
        if "inventory" in apps:
            await stack.enter_async_context(serving(apps["inventory"], inventory, lifespan="off"))
        yield House(apps)
