"""What the suite needs of a processor's side, and a clock that never waits.

An adapter joins the suite by a `Counterpart` of its own and a row in `adapters.py`; each test runs on every row. What a
processor can't do, its `abilities` say, and the suite leaves out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from pydantic import SecretStr

from chassis.clock import SystemClock
from chassis.http_client import VendorClient, VendorResponse
from checkout.processors.accounts import Credentials, Permission
from checkout.processors.domain import ExternalPage, PaymentWish, RefundWish
from checkout.processors.news import WebhookRequest
from checkout.processors.port import ExternalProcessor

DEADLINE = timedelta(seconds=20)
LOST = timedelta(milliseconds=200)
"""For calls that get no answer: time for one try, and for no pause after it."""
RETURN = "https://tickets.example.com/connections/return"


class PatientClient(VendorClient):
    """Waits for an answer as long as a busy machine needs, however little time is left: a lost one ends at once."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: timedelta | None = None,  # noqa: ASYNC109 as the client that it is
    ) -> VendorResponse:
        patience = max(timeout or DEADLINE, DEADLINE)
        return await super().request(method, path, operation=operation, headers=headers, body=body, timeout=patience)


class HurriedClock(SystemClock):
    """Nobody waits: the pause between two tries is over at once."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead

    async def sleep(self, duration: timedelta) -> None:
        self._ahead += duration.total_seconds()


class MovedClock(HurriedClock):
    """The machine's, so much later."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


class Counterpart(ABC):
    """The processor, its buyers and its sellers, as a test moves them. One is opened for each test.

    processor: the adapter under test
    hook_url: where webhooks are received
    """

    processor: ExternalProcessor
    hook_url: str

    @abstractmethod
    async def pasted(self, currency: str) -> dict[str, SecretStr]:
        """What the owner of an account that takes this currency pastes."""

    @abstractmethod
    async def permit(self, url: str, currency: str = "USD") -> str:
        """The owner of an account that takes this currency agrees on the authorize page; where that leads to."""

    @abstractmethod
    async def pay(self, page: ExternalPage, *, declined: bool = False) -> None:
        """A buyer pays on the page, or tries with a card that is declined; on a closed one nothing happens."""

    @abstractmethod
    async def sell(self, credentials: Credentials, amount: int, *, at: datetime) -> str:
        """The owner takes a payment elsewhere, which changed last at this moment; its id."""

    @abstractmethod
    async def give_back(self, credentials: Credentials, payment_id: str, amount: int, /) -> str:
        """The owner gives back a part of a payment in the processor's own desk; the refund's id."""

    @abstractmethod
    async def dispute(self, credentials: Credentials, payment_id: str, /) -> str:
        """The bank of whoever paid takes all of it back; the dispute's id."""

    @abstractmethod
    async def decide(self, credentials: Credentials, dispute_id: str, /, *, won: bool) -> None:
        """It gives it to the account again, or does not."""

    @abstractmethod
    async def fail(self, method: str, kind: str, *, count: int | None = None) -> None:
        """Calls that this method of the port makes go wrong: `timeout_before`, `timeout_after`, `error`, `rate_limit`.

        `count`: how many of them; None: all.
        """

    @abstractmethod
    async def outdate(self, credentials: Credentials) -> None:
        """The access token's time is over."""

    @abstractmethod
    async def hooks(self, count: int) -> Sequence[WebhookRequest]:
        """The first webhooks that came for the account, once there are so many."""

    async def connect(self, currency: str = "USD") -> Credentials:
        """The credentials of an account that takes this currency."""
        return await self.processor.take_pasted(await self.pasted(currency), deadline=DEADLINE)

    async def permission(
        self, *, currency: str = "USD", verifier: str | None = None, challenge: str | None = None
    ) -> Permission:
        """What an owner brings back who was sent to the authorize page and agreed."""
        url = self.processor.authorize_url(state="state-1", redirect_uri=RETURN, challenge=challenge)
        back = urlsplit(await self.permit(url, currency))
        query = parse_qs(back.query)
        assert back._replace(query="").geturl() == RETURN
        assert query["state"] == ["state-1"]
        return Permission(
            code=SecretStr(query["code"][0]), redirect_uri=RETURN, verifier=SecretStr(verifier) if verifier else None
        )

    async def paid(self, credentials: Credentials, wish: PaymentWish) -> str:
        """A payment as a buyer makes it: page, card, and our completion; the processor's id of it."""
        page = await self.processor.create_payment(credentials, wish, deadline=DEADLINE)
        await self.pay(page)
        done = await self.processor.complete(credentials, page.page_id, key=wish.key, deadline=DEADLINE)
        assert done.payment is not None
        return done.payment.payment_id


def wish(amount: int = 12_500, currency: str = "USD", **changes: object) -> PaymentWish:
    given: dict[str, object] = {
        "key": str(uuid4()), "amount": amount, "currency": currency, "title": "Haircut", "commission": 0,
        "email": "jordan.ellis@example.com", "success_url": "https://tickets.example.com/success",
        "cancel_url": "https://tickets.example.com/cancel",
    }  # fmt: skip
    return PaymentWish(**(given | changes))  # type: ignore[arg-type]


def refund_wish(payment_id: str, amount: int, currency: str = "USD", *, commission: int = 0) -> RefundWish:
    return RefundWish(
        key=str(uuid4()),
        payment_id=payment_id,
        amount=amount,
        currency=currency,
        commission=commission,
        reason="The buyer is ill",
    )


def a_moment_ago() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=5)
