"""What other rooms register with this one: who sends webhooks, and what each type of them does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from chassis.database import Transaction
from checkout.webhooks.domain import Incoming, Outcome, RawWebhook, StoredWebhook

# Raises Early or Refusal. Must be safe to repeat and to run concurrently.
Handler = Callable[[Transaction, Incoming], Awaitable[Outcome]]


class WebhookSource(Protocol):
    """A processor, as far as its webhooks go."""

    @property
    def name(self) -> str:
        """What the processor is called in rows and events."""
        ...

    def subject_of(self, webhook: StoredWebhook) -> Mapping[str, Any] | None:
        """The object that a webhook is about; None when it only names it."""
        ...

    async def fetch_subject(self, webhook: StoredWebhook) -> Mapping[str, Any]:
        """The object that a thin webhook names, read outside any transaction; raises Early when it can't be read."""
        ...

    def shown(self, payload: bytes) -> Any:
        """A payload as JSON with the fields that staff may see, and no others."""
        ...

    def line_of(self, subject: Mapping[str, Any]) -> str:
        """The same for all webhooks of one order, as far as that can be told without asking anybody."""
        ...


class OwnSource(WebhookSource, Protocol):
    """The processor of our own account: the settings tell what signs its webhooks."""

    def accept(self, payload: bytes, headers: Mapping[str, str], *, connected: bool = False) -> RawWebhook:
        """The webhook in a request; raises SignatureMissing or SignatureInvalid. Header names are lower case.

        `connected`: at the endpoint for accounts that are connected to ours, which has secrets of its own.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A processor, and what is done about its webhooks.

    source: the processor
    handlers: what each type does
    others: what all other types do; None: they are ignored
    of_connections: whether these are webhooks of providers' connections; else they are our own account's
    """

    source: WebhookSource
    handlers: Mapping[str, Handler]
    others: Handler | None = None
    of_connections: bool = False

    def handler(self, kind: str) -> Handler | None:
        """What is done about a type."""
        return self.handlers.get(kind, self.others)
