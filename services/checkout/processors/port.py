"""What every external processor does for us. One file beside this one is one processor.

The money and the account are a provider's: each call takes the credentials of the connection that it is made for, and
the adapter remembers nothing of them. How a call can fail is the same as with our own account
(`payments/processors/port.py`), and which of it lets another processor be asked says `domain.outcome_of`. No lock,
transaction or pooled connection is held while a processor is called.

A new adapter passes `tests/contract/processors`: a row in `adapters.py` there runs the whole suite on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import SecretStr

from checkout.processors.accounts import Credentials, ExternalAccount, Permission
from checkout.processors.domain import (
    Abilities,
    ChangedPayments,
    ExternalDispute,
    ExternalPage,
    ExternalPayment,
    ExternalRefund,
    PageState,
    PaymentWish,
    RefundWish,
)
from checkout.processors.news import News, Subscription, WebhookRequest


class ExternalProcessor(Protocol):
    """A processor at which providers have accounts. Calls raise a ProcessorFailure; CredentialsRefused is one.

    Before the `deadline` a call is repeated where that is safe. What could have moved money or opened a page and has no
    answer then is ProcessorUncertain: the same wish again tells.
    """

    @property
    def name(self) -> str:
        """What the processor is called in rows, paths and events."""
        ...

    @property
    def abilities(self) -> Abilities:
        """What it can do."""
        ...

    @property
    def pasted_fields(self) -> tuple[str, ...]:
        """The names of the credentials that an account's owner may paste instead of coming by the OAuth page."""
        ...

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None = None) -> str:
        """The page on which an account's owner permits us to use it. `challenge`: S256, where `abilities.pkce`."""
        ...

    async def exchange(self, permission: Permission, *, deadline: timedelta) -> Credentials:
        """The credentials that the owner's permission is good for, once."""
        ...

    async def take_pasted(self, pasted: Mapping[str, SecretStr], *, deadline: timedelta) -> Credentials:
        """The credentials in what was pasted, after the processor was asked whose they are."""
        ...

    async def refresh(self, credentials: Credentials, *, deadline: timedelta) -> Credentials:
        """New credentials for the same account; the old access token may go on for a while.

        CredentialsRefused: the owner must come again.
        """
        ...

    async def revoke(self, credentials: Credentials, *, deadline: timedelta) -> None:
        """Makes the credentials useless, where the processor lets us; those that are so already stay so."""
        ...

    async def read_account(self, credentials: Credentials, *, deadline: timedelta) -> ExternalAccount:
        """The account: whether the credentials are good and the processor is there (health)."""
        ...

    async def create_payment(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> ExternalPage:
        """Opens a page on which the buyer pays; the same wish again gives the same page.

        ProcessorRefused, ProcessorFailed and ProcessorBusy: there is no page, and nobody can be charged on one.
        """
        ...

    async def complete(self, credentials: Credentials, page_id: str, *, key: str, deadline: timedelta) -> PageState:
        """Takes the money of an approved page, where the page itself does not; says what became of it.

        `key`: the wish's. ProcessorRefused: the buyer's means were declined.
        """
        ...

    async def cancel(self, credentials: Credentials, page_id: str, *, deadline: timedelta) -> PageState:
        """Closes a page, so that nobody can pay on it any more; one that is paid, or closed, stays so and says it."""
        ...

    async def cancel_wish(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> PageState:
        """Makes sure that a wish whose call had no answer is never paid; says what became of its page until then."""
        ...

    async def read_page(self, credentials: Credentials, page_id: str, *, deadline: timedelta) -> PageState:
        """What became of a page."""
        ...

    async def read_payment(self, credentials: Credentials, payment_id: str, *, deadline: timedelta) -> ExternalPayment:
        """A payment as the processor has it now."""
        ...

    async def list_changed(
        self, credentials: Credentials, *, since: datetime, after: str | None, deadline: timedelta
    ) -> ChangedPayments:
        """Payments and disputes of the account that changed since a moment, that one included, whoever made them.

        `after`: where the page before has said that it goes on. Whoever keeps a cursor sets it back by
        `abilities.list_lag`, and meets what it knows already on the payment's id.
        """
        ...

    async def refund(self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta) -> ExternalRefund:
        """Gives back all or a part of a payment; the same wish again gives nothing more back."""
        ...

    async def find_refund(
        self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta
    ) -> ExternalRefund | None:
        """The refund that was made for a wish; None: there is none. Keys are forgotten one day, refunds are not."""
        ...

    async def read_refund(self, credentials: Credentials, refund_id: str, *, deadline: timedelta) -> ExternalRefund:
        """A refund as the processor has it now."""
        ...

    async def read_dispute(self, credentials: Credentials, dispute_id: str, *, deadline: timedelta) -> ExternalDispute:
        """A dispute as the processor has it now."""
        ...

    async def register_webhook(self, credentials: Credentials, url: str, *, deadline: timedelta) -> Subscription:
        """Has the account's webhooks sent to an address: makes the subscription, or repairs the one that is there.

        Its secret may be another than before.
        """
        ...

    async def test_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        """Has a test event sent, where `abilities.test_webhooks`; ProcessorRefused when it was not taken there."""
        ...

    async def remove_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        """Ends a subscription; one that is gone already stays so."""
        ...

    async def verify_webhook(self, request: WebhookRequest, secrets: Sequence[SecretStr], *, now: datetime) -> News:
        """The news in a request that one of the secrets has signed; raises SignatureMissing or SignatureInvalid."""
        ...

    def read_news(self, payload: bytes) -> News:
        """The news in bytes that were verified before; raises SignatureInvalid for what is no event."""
        ...
