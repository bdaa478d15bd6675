"""What Square knows: sellers and what permits others to use their accounts, links, orders, payments, refunds."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.core.http import Record
from sandbox.core.keeping import RECORDS
from sandbox.core.messages import iso
from sandbox.square.errors import SquareRefusedError
from sandbox.world import World

PERSONAL = "EAAAsandbox-"
"""What a seller's own access token begins with; the seller's short name follows."""


@dataclass(frozen=True, slots=True)
class Seller:
    """A business with an account at Square, and one location."""

    short: str
    name: str
    country: str
    currency: str

    @property
    def id(self) -> str:
        return f"ML{self.short.upper()}SANDBOX"

    @property
    def location_id(self) -> str:
        return f"L{self.short.upper()}SANDBOX"


SELLERS = {
    seller.id: seller
    for seller in (
        Seller("elm", "Elm Street Barbers", "US", "USD"),
        Seller("oak", "Oak Yoga Studio", "US", "USD"),
        Seller("ginza", "Ginza Hair", "JP", "JPY"),
        Seller("salmiya", "Salmiya Fitness", "KW", "KWD"),
    )
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: for which seller, and by which application, whose webhooks hear of it."""

    seller: Seller
    application: str
    scopes: tuple[str, ...]


class SquareState:
    """Everything, on shelves that may outlive the process."""

    def __init__(self, world: World) -> None:
        self.world = world
        shelf = world.keep.shelf
        self.links: dict[str, Record] = shelf("square.links", RECORDS)
        self.orders: dict[str, Record] = shelf("square.orders", RECORDS)
        self.payments: dict[str, Record] = shelf("square.payments", RECORDS)
        self.refunds: dict[str, Record] = shelf("square.refunds", RECORDS)
        self.disputes: dict[str, Record] = shelf("square.disputes", RECORDS)
        self.subscriptions: dict[str, Record] = shelf("square.subscriptions", RECORDS)
        self.codes: dict[str, Record] = shelf("square.codes", RECORDS)
        self.tokens: dict[str, Record] = shelf("square.tokens", RECORDS)
        self.refresh_tokens: dict[str, Record] = shelf("square.refresh_tokens", RECORDS)
        self.keys: dict[str, Record] = shelf("square.idempotency_keys", RECORDS)

    @property
    def now(self) -> str:
        return iso(self.world.timers.wall())

    def new_id(self, length: int = 22) -> str:
        return self.world.ids.base62("", length)

    def find(self, table: dict[str, Record], kind: str, object_id: str, seller: Seller) -> Record:
        """Raises SquareRefusedError for what is not there, or another seller's."""
        found: Record | None = table.get(object_id)
        if found is None or found["location_id"] != seller.location_id:
            raise SquareRefusedError.missing(kind, object_id)
        return found

    def permitted(self, seller: Seller) -> set[str]:
        """The applications whose webhooks hear of this seller."""
        granted = [token["application"] for token in self.refresh_tokens.values() if token["seller"] == seller.id]
        return {seller.id, *granted}


def money(amount: int, currency: str) -> Record:
    return {"amount": amount, "currency": currency}
