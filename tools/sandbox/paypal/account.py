"""PayPal as one sandbox has it: its sellers, the apps that act for them, and what everything else is made with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sandbox.core.http import Record
from sandbox.paypal.events import PaypalEvents
from sandbox.paypal.state import Merchant, PaypalApp, PaypalState
from sandbox.world import World

OWN_EMAIL: Final = "paypal@example.com"


@dataclass(frozen=True, slots=True)
class PaypalAccount:
    """What the flows work on."""

    world: World
    state: PaypalState
    events: PaypalEvents

    @classmethod
    def open(cls, world: World) -> PaypalAccount:
        """With the platform's own app, where the settings have one."""
        state = PaypalState(world.keep)
        account = cls(world=world, state=state, events=PaypalEvents(world, state))
        settings = world.settings
        if settings.paypal_client_id:
            merchant = state.facts.get("platform", lambda: account._merchant(settings.business_name, OWN_EMAIL).id)
            app = PaypalApp(settings.paypal_client_id, settings.paypal_client_secret, merchant)
            state.apps[app.client_id] = app
        return account

    @property
    def base(self) -> str:
        """Where the API is, as links have it."""
        return f"{self.world.settings.sandbox_url}/paypal"

    @property
    def platform(self) -> str:
        """The seller that the platform itself is; empty without an app of its own."""
        app = self.state.apps.get(self.world.settings.paypal_client_id)
        return app.merchant if app is not None else ""

    def now(self) -> str:
        """`2026-01-10T20:14:00Z`."""
        return iso(self.world.timers.wall())

    def new_id(self) -> str:
        """17 letters and digits in upper case, as PayPal's ids of orders, captures and refunds."""
        return self.world.ids.base62("", 17).upper()

    def open_app(self, name: str, email: str, currency: str = "USD") -> PaypalApp:
        """A new seller with an app of their own, whose credentials they paste."""
        merchant = self._merchant(name, email, currency)
        client_id, secret = (self.world.ids.base62(prefix, 79) for prefix in "AE")
        app = PaypalApp(client_id=client_id, secret=secret, merchant=merchant.id)
        self.state.apps[client_id] = app
        return app

    def seller(self, email: str) -> Merchant:
        """The seller with that address; a new one where there is none."""
        known = (each for each in self.state.merchants.values() if each.email == email)
        return next(known, None) or self._merchant(email.partition("@")[0], email)

    def payee(self, merchant: str) -> Record:
        return {"email_address": self.state.merchants[merchant].email, "merchant_id": merchant}

    def _merchant(self, name: str, email: str, currency: str = "USD") -> Merchant:
        merchant = Merchant(self.world.ids.base62("", 13).upper(), email, name, currency)
        self.state.merchants[merchant.id] = merchant
        return merchant


def iso(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, tz=dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
