"""What the stand-in for PayPal remembers."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.core.http import Record
from sandbox.core.keeping import RECORDS, Facts, Keep


@dataclass(frozen=True, slots=True)
class Merchant:
    """A seller's account, and what its main balance is in."""

    id: str
    email: str
    name: str
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class PaypalApp:
    """A REST app: its credentials, and whose account it belongs to."""

    client_id: str
    secret: str
    merchant: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token or code stands for: an app that acts for a seller, until a moment of the sandbox's clock.

    `seller`: refreshing gives the next one (a seller agreed); else the app acts for its own account.
    """

    client_id: str
    merchant: str
    scope: str
    until: float
    seller: bool = False
    redirect_uri: str = ""


class PaypalState:
    """One PayPal's objects by id; each knows its `merchant` and the `app` it came through, which are never shown.

    `returns` are where the buyers of orders go back to, `refunds_of` the refunds of captures.
    """

    def __init__(self, keep: Keep) -> None:
        self.merchants: dict[str, Merchant] = keep.shelf("paypal.merchants", Merchant)
        self.apps: dict[str, PaypalApp] = keep.shelf("paypal.apps", PaypalApp)
        self.codes: dict[str, Grant] = keep.shelf("paypal.codes", Grant)
        self.access: dict[str, Grant] = keep.shelf("paypal.access_tokens", Grant)
        self.refresh: dict[str, Grant] = keep.shelf("paypal.refresh_tokens", Grant)
        self.returns: dict[str, Record] = keep.shelf("paypal.returns", RECORDS)
        self.orders: dict[str, Record] = keep.shelf("paypal.orders", RECORDS)
        self.captures: dict[str, Record] = keep.shelf("paypal.captures", RECORDS)
        self.refunds: dict[str, Record] = keep.shelf("paypal.refunds", RECORDS)
        self.refunds_of: dict[str, list[str]] = keep.shelf("paypal.refunds_of", RECORDS)
        self.disputes: dict[str, Record] = keep.shelf("paypal.disputes", RECORDS)
        self.transactions: dict[str, Record] = keep.shelf("paypal.transactions", RECORDS)
        self.webhooks: dict[str, Record] = keep.shelf("paypal.webhooks", RECORDS)
        self.facts = Facts(keep, "paypal.facts")


HIDDEN = frozenset({"app", "merchant", "outcome", "expires"})


def shown(item: Record) -> Record:
    """The object as PayPal gives it."""
    return {name: value for name, value in item.items() if name not in HIDDEN}
