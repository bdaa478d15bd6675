"""One Stripe account of the sandbox: its state, its events, and the endpoints that a new one has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

import stripe

from sandbox.core.http import Record
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.events import Events
from sandbox.stripe.shapes import WEBHOOK_ENDPOINT
from sandbox.stripe.state import StripeState, Table
from sandbox.world import World

OWN_KEY = "sk_test_5"
"""How the key of a connected account begins, in place of the beginning of its id."""
WEBHOOK_PATH = "/api/webhooks/stripe"
# C-4: what an installation subscribes to; the charge's own events say how it was paid (C-5), an invoice's what becomes
# of commission (P-7).
SUBSCRIBED = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "charge.succeeded",
    "charge.pending",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.closed",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "invoice.overdue",
    "credit_note.created",
    "credit_note.voided",
]


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """What the flows work on.

    platform: the account that this one is connected to; None: it is the sandbox's own
    by_owner: whether it is used with a key of its own
    """

    world: World
    state: StripeState
    events: Events
    id: str
    created: int
    platform: StripeAccount | None = None
    by_owner: bool = False
    _connected: dict[str, StripeAccount] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, world: World) -> StripeAccount:
        """A new account with the endpoints that SANDBOX_STRIPE_EVENTS asks for."""
        state = StripeState(world.keep)
        account = cls(
            world=world,
            state=state,
            events=Events(world, state),
            id=state.facts.get("id", partial(world.ids.base62, "acct_1", 15)),
            created=state.facts.get("created", lambda: int(world.timers.wall())),
        )
        account._set_up()
        return account

    @property
    def now(self) -> int:
        """Seconds since the epoch, as Stripe writes them."""
        return int(self.world.timers.wall())

    def new_id(self, prefix: str, length: int = 24) -> str:
        return self.world.ids.base62(prefix, length)

    def acting(self, account_id: str) -> StripeAccount:
        """The account that a call is for: this one, or one connected to it, which has objects of its own.

        Its events are kept among the sandbox's own, each with the account that it is of.
        """
        if account_id in ("", self.id):
            return self
        if account_id not in self.state.accounts:
            raise StripeRefusedError.no_access(account_id)
        if account_id not in self._connected:
            theirs = StripeState(self.world.keep, f"stripe.{account_id}")
            theirs.events = self.state.events
            self._connected[account_id] = replace(
                self, id=account_id, state=theirs, events=self.events.of(account_id, theirs), platform=self
            )
        return self._connected[account_id]

    def reached(self, account_id: str) -> StripeAccount:
        """As `acting`, for those who have our key: an account that let us go is none of ours."""
        if account_id in self.state.let_go:
            raise StripeRefusedError.no_access(account_id)
        return self.acting(account_id)

    def keyed(self, key: str) -> StripeAccount:
        """The account that has this key: its own, or one that its owner permitted us (OAuth)."""
        if key in self.state.tokens:
            return self.acting(self.state.tokens[key])
        account_id = key.replace(OWN_KEY, "acct_", 1)
        if not key.startswith(OWN_KEY) or account_id not in self.state.accounts:
            raise StripeRefusedError.wrong_key(key)
        return replace(self.acting(account_id), by_owner=True)

    def holding(self, table: str, object_id: str) -> StripeAccount:
        """Which account has an object: this one, where none that is connected to it does."""
        every = (self.acting(each["id"]) for each in self.state.accounts)
        return next((each for each in every if object_id in cast("Table", getattr(each.state, table))), self)

    @property
    def charges_enabled(self) -> bool:
        """Whether Stripe lets it take payments; the sandbox's own always may."""
        return self.platform is None or bool(self.platform.state.accounts.get(self.id)["charges_enabled"])

    def _set_up(self) -> None:
        """The endpoints that settings and release ask for, in place of those that others asked for before."""
        settings = self.world.settings
        wanted = [settings.public_url, settings.stripe_webhook_secret, settings.sandbox_stripe_events, *SUBSCRIBED]
        before: Record = self.state.facts.get("set_up", dict)
        if before.get("as") == wanted:
            return
        for made in before.get("made", []):
            for table in (self.state.endpoints, self.state.destinations):
                if made in table:
                    table.remove(made)
        made = [each["id"] for each in self._default_endpoints()] if settings.stripe_webhook_secret else []
        self.state.facts.set("set_up", {"as": wanted, "made": made})

    def _default_endpoints(self) -> Iterator[Record]:
        settings = self.world.settings
        url = settings.public_url + WEBHOOK_PATH
        if settings.sandbox_stripe_events in ("snapshot", "both"):
            yield self.add_endpoint(url, list(SUBSCRIBED), secret=settings.stripe_webhook_secret)
        if settings.sandbox_stripe_events in ("thin", "both"):
            events = [f"v1.{name}" for name in SUBSCRIBED]
            yield self.add_destination("Fullhouse", url, events, thin=True, secret=settings.stripe_webhook_secret)

    def add_endpoint(
        self, url: str, enabled_events: list[str], *, secret: str | None = None, connect: bool = False
    ) -> Record:
        """`connect`: it hears of connected accounts only."""
        endpoint = WEBHOOK_ENDPOINT | {
            "id": self.new_id("we_1"),
            "created": self.now,
            "enabled_events": enabled_events,
            "url": url,
        }
        self.state.secrets[endpoint["id"]] = secret or self.new_id("whsec_", 32)
        if connect:
            self.state.connect_endpoints[endpoint["id"]] = True
        return self.state.endpoints.add(endpoint)

    def add_destination(
        self,
        name: str,
        url: str,
        enabled_events: list[str],
        *,
        thin: bool,
        secret: str | None = None,
        events_from: Sequence[str] = ("@self",),
    ) -> Record:
        """A v2 event destination; its payload is thin or a snapshot, of this account or of those connected to it."""
        moment = self.world.timers.wall()
        destination: Record = {
            "id": self.new_id("ed_test_61", 32), "object": "v2.core.event_destination", "amazon_eventbridge": None,
            "azure_event_grid": None, "created": moment, "description": "", "enabled_events": enabled_events,
            "event_payload": "thin" if thin else "snapshot", "events_from": [*events_from], "livemode": False,
            "metadata": {}, "name": name, "snapshot_api_version": None if thin else stripe.api_version,
            "status": "enabled", "status_details": None, "type": "webhook_endpoint", "updated": moment,
            "webhook_endpoint": {"url": url, "signing_secret": None},
        }  # fmt: skip
        self.state.secrets[destination["id"]] = secret or self.new_id("whsec_", 32)
        return self.state.destinations.add(destination)
