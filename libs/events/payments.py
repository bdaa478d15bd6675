"""Events of payments: what processors say about them, and who takes them."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, MinorUnits, OrderId, Part, PersonalText, Vocabulary, words_of
from events.topics import Topic


class PaymentEvent(Event):
    """What a processor said, or who takes payments.

    The key is the id of the order, connection or provider, or the webhook's own where it belongs to none (E-3).
    """

    topic: ClassVar[Topic] = Topic.PAYMENTS


class PaymentAttemptFailed(PaymentEvent):
    """One attempt to pay was declined; the payment page is still open and the hold stays (C-4)."""

    type: ClassVar[str] = "fullhouse.payment.attempt_failed.v1"

    order_id: Annotated[OrderId, Field(description="the order")]
    processor: Annotated[str, Field(description="who refused, such as stripe")]
    attempt: Annotated[int, Field(description="counts the declined tries of the order from 1")]
    amount: Annotated[MinorUnits, Field(description="what the buyer tried to pay")]
    currency: Annotated[str, Field(description="ISO 4217")]
    cause: Annotated[str, Field(description="the processor's own code, such as insufficient_funds")]
    buyers_fault: Annotated[bool, Field(description="whether card or account refused, and not the processor failed")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it was declined")]

    @property
    def key(self) -> str:
        return str(self.order_id)


class PaymentMethodKnown(PaymentEvent):
    """How an order was paid, told by itself where `order.paid` had gone before anybody knew (E-11)."""

    type: ClassVar[str] = "fullhouse.payment.method_known.v1"

    order_id: Annotated[OrderId, Field(description="the order, which is paid")]
    processor: Annotated[str, Field(description="who took the money, such as stripe")]
    payment_method: Annotated[str, Field(description="card, bank debit, wallet …")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it became known")]

    @property
    def key(self) -> str:
        return str(self.order_id)


class PaymentInquiry(PaymentEvent):
    """A buyer's bank asks about a payment: no money is withdrawn, and the order stays as it is (C-4)."""

    type: ClassVar[str] = "fullhouse.payment.inquiry.v1"

    order_id: Annotated[OrderId, Field(description="the order, which stays paid")]
    processor: Annotated[str, Field(description="who passes the question on, such as stripe")]
    amount: Annotated[MinorUnits, Field(description="what may be asked back")]
    currency: Annotated[str, Field(description="ISO 4217")]
    cause: Annotated[str, Field(description="the processor's own code, such as fraudulent")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it came")]

    @property
    def key(self) -> str:
        return str(self.order_id)


class SecondChargeOutcome(Vocabulary):
    """What became of a second charge of one order."""

    REFUNDED = "refunded"
    REFUSED = "refused"
    FAILED = "failed"


class PaymentSecondCharge(PaymentEvent):
    """An order was paid twice: the second charge was given back, or its processor refused to (C-5).

    `failed` comes after `refunded`: the money did not arrive.
    """

    type: ClassVar[str] = "fullhouse.payment.second_charge.v1"

    order_id: Annotated[OrderId, Field(description="the order, which stays paid")]
    processor: Annotated[str, Field(description="who took the money, such as stripe")]
    amount: Annotated[MinorUnits, Field(description="what was given back, or was to be")]
    currency: Annotated[str, Field(description="ISO 4217")]
    outcome: Annotated[str, words_of(SecondChargeOutcome, "what became of it")]
    occurred_at: Annotated[AwareDatetime, Field(description="when the processor decided")]

    @property
    def key(self) -> str:
        return str(self.order_id)


class PaymentRefundRefused(PaymentEvent):
    """A processor will not give back what a person asked for: the order stays as it is, people must look (C-7)."""

    type: ClassVar[str] = "fullhouse.payment.refund_refused.v1"

    order_id: Annotated[OrderId, Field(description="the order")]
    processor: Annotated[str, Field(description="who took the money, such as stripe")]
    amount: Annotated[MinorUnits, Field(description="what was to be given back")]
    currency: Annotated[str, Field(description="ISO 4217")]
    cause: Annotated[str, Field(description="the processor's own code, such as charge_disputed")]
    occurred_at: Annotated[AwareDatetime, Field(description="when the processor decided")]

    @property
    def key(self) -> str:
        return str(self.order_id)


class ConnectionStatus(Vocabulary):
    """Where a provider's connection to a processor stands."""

    PENDING = "pending"
    CONNECTED = "connected"
    ERROR = "error"
    EXPIRED = "expired"
    REVOKED = "revoked"


class PaymentConnectionChanged(PaymentEvent):
    """The status of a provider's connection to a processor is another one (P-2). The key is the connection's number."""

    type: ClassVar[str] = "fullhouse.payment.connection_changed.v1"

    connection_id: Annotated[int, Field(description="the connection's number")]
    provider_id: Annotated[int, Field(description="whose connection it is")]
    processor: Annotated[str, Field(description="to which processor, such as square")]
    version: Annotated[int, Field(description="grows with each change of the connection")]
    previous_status: Annotated[str | None, words_of(ConnectionStatus, "the status before; null when it is new")] = None
    status: Annotated[str, words_of(ConnectionStatus, "the status now")]
    healthy: Annotated[bool, Field(description="whether it can take payments")]
    supports_payments: Annotated[bool, Field(description="whether the account takes money")]
    supports_refunds: Annotated[bool, Field(description="whether the account gives money back")]
    charges_enabled: Annotated[bool | None, Field(description="of an account connected to ours: may it be charged")] = (
        None
    )
    details_submitted: Annotated[
        bool | None, Field(description="of an account connected to ours: does the processor know its owner")
    ] = None
    cause: Annotated[str, Field(description="why, as a code, such as new_credentials")]
    reason: Annotated[str | None, Field(description="what went wrong, as a sentence; null when nothing did")] = None
    occurred_at: Annotated[AwareDatetime, Field(description="since when")]

    @property
    def key(self) -> str:
        return str(self.connection_id)


class LedgerEntryAdded(Part):
    """An entry of the ledger of external transactions. Amounts are minor units of the transaction's currency."""

    kind: Annotated[str, Field(description="payment, refund, dispute, dispute_won or fees")]
    amount: Annotated[MinorUnits, Field(description="negative where it went away from the provider")]
    commission_ppm: Annotated[int, Field(description="the provider's rate for it, in millionths")]
    at_source: Annotated[MinorUnits, Field(description="what of our commission the processor kept back with it")]
    fee: Annotated[MinorUnits, Field(description="what the processor kept for itself")]
    at: Annotated[AwareDatetime, Field(description="when, by the processor's clock")]


class PaymentExternalRecorded(PaymentEvent):
    """A payment at a provider's own processor is known, or is another than before (P-5, P-6).

    The key is the connection's number. `version` grows with each change of the transaction.
    """

    type: ClassVar[str] = "fullhouse.payment.external_recorded.v1"

    transaction_id: Annotated[int, Field(description="the transaction's number")]
    version: Annotated[int, Field(description="grows with each change of the transaction")]
    connection_id: Annotated[int, Field(description="through which connection")]
    provider_id: Annotated[int, Field(description="whose connection it is")]
    processor: Annotated[str, Field(description="at which processor, such as square")]
    payment_id: Annotated[str, Field(description="the processor's id of the payment")]
    state: Annotated[str, Field(description="pending, completed, failed or cancelled")]
    amount: Annotated[MinorUnits, Field(description="what was paid, or is to be")]
    refunded: Annotated[MinorUnits, Field(description="what went back of it so far")]
    currency: Annotated[str, Field(description="ISO 4217")]
    fee: Annotated[int | None, Field(description="what the processor kept; null while it does not say")] = None
    order_id: Annotated[OrderId | None, Field(description="the order that it paid; null for any other payment")] = None
    appointment_id: Annotated[int | None, Field(description="the appointment that it paid")] = None
    known_by: Annotated[str, Field(description="what told of it now: webhook, sync or payment")]
    entries: Annotated[
        tuple[LedgerEntryAdded, ...], Field(description="what it added to the ledger now; empty where no money moved")
    ] = ()
    occurred_at: Annotated[AwareDatetime, Field(description="when it changed, by the processor's clock")]

    @property
    def key(self) -> str:
        return str(self.connection_id)


class PaymentSyncGapFilled(PaymentEvent):
    """A processor's list had payments of a connection that no webhook had told of; they are here now (P-6)."""

    type: ClassVar[str] = "fullhouse.payment.sync_gap_filled.v1"

    connection_id: Annotated[int, Field(description="whose list was read")]
    provider_id: Annotated[int, Field(description="whose connection it is")]
    processor: Annotated[str, Field(description="at which processor, such as square")]
    since: Annotated[AwareDatetime, Field(description="from when on the list was read")]
    until: Annotated[AwareDatetime, Field(description="up to when")]
    missing: Annotated[int, Field(description="how many transactions were not here")]
    outdated: Annotated[int, Field(description="of how many that were here money had moved meanwhile")]
    occurred_at: Annotated[AwareDatetime, Field(description="when that was found")]

    @property
    def key(self) -> str:
        return str(self.connection_id)


class PaymentWebhookReceived(PaymentEvent):
    """A webhook of a processor was handled."""

    type: ClassVar[str] = "fullhouse.payment.webhook_received.v1"

    webhook_id: Annotated[str, Field(description="the processor's id of its event")]
    webhook_type: Annotated[str, Field(description="the processor's type of its event")]
    processor: Annotated[str, Field(description="who sent it, such as stripe")]
    order_id: Annotated[OrderId | None, Field(description="the order that it is about; null when it is about none")] = (
        None
    )
    received_at: Annotated[AwareDatetime, Field(description="when it came")]
    processed_at: Annotated[AwareDatetime, Field(description="when it had its effect")]

    @property
    def key(self) -> str:
        return str(self.order_id) if self.order_id else self.webhook_id


class PaymentWebhookFailed(PaymentEvent):
    """A webhook of a processor has failed for good (A-11 webhook_processing_failed)."""

    type: ClassVar[str] = "fullhouse.payment.webhook_failed.v1"

    webhook_id: Annotated[str, Field(description="the processor's id of its event")]
    webhook_type: Annotated[str, Field(description="the processor's type of its event")]
    processor: Annotated[str, Field(description="who sent it, such as stripe")]
    attempts: Annotated[int, Field(description="how often it was tried")]
    cause: Annotated[str, Field(description="why, as a code, such as amount_mismatch")]
    last_error: Annotated[str, Field(description="the same as a sentence")]
    order_id: Annotated[OrderId | None, Field(description="the order that it is about; null when it is about none")] = (
        None
    )

    @property
    def key(self) -> str:
        return str(self.order_id) if self.order_id else self.webhook_id


class ProviderSettingsChanged(PaymentEvent):
    """The whole current settings of a provider (P-1, E-11). `version` grows with each change of any provider."""

    type: ClassVar[str] = "fullhouse.provider.settings_changed.v1"

    provider_id: Annotated[int, Field(description="the provider")]
    version: Annotated[int, Field(description="grows with each change")]
    payment_mode: Annotated[str, Field(description="centralized, decentralized or hybrid")]
    commission_ppm: Annotated[int, Field(description="the platform's share, in millionths")]
    min_external_amount: Annotated[MinorUnits, Field(description="in hybrid mode, the least for an own processor")]
    max_platform_amount: Annotated[MinorUnits, Field(description="in hybrid mode, the most for the platform")]
    currency: Annotated[str, Field(description="ISO 4217")]
    preferred_processors: Annotated[tuple[str, ...], Field(description="in the order in which they are asked")] = ()
    fallback_enabled: Annotated[bool, Field(description="whether another takes what the first one can't")]
    changed_by: Annotated[PersonalText, Field(description="the email of who did it")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it was done")]

    @property
    def key(self) -> str:
        return str(self.provider_id)


class RoutingRule(Part):
    """A rule that a decision has looked at."""

    rule: Annotated[str, Field(description="which, such as payment_mode")]
    outcome: Annotated[str, Field(description="what it came to, as a code")]
    values: Annotated[dict[str, str], Field(default_factory=dict, description="what it was decided on, as texts")]


class PaymentRouted(PaymentEvent):
    """It was decided who takes a payment, or found that nobody can (P-3)."""

    type: ClassVar[str] = "fullhouse.payment.routed.v1"

    decision_id: Annotated[UUID, Field(description="the decision")]
    provider_id: Annotated[int, Field(description="whose payment it is")]
    appointment_id: Annotated[int | None, Field(description="what it pays for, where that is an appointment")] = None
    order_id: Annotated[OrderId | None, Field(description="what it pays for, where that is an order")] = None
    amount: Annotated[MinorUnits, Field(description="how much")]
    currency: Annotated[str, Field(description="ISO 4217")]
    decision: Annotated[str | None, Field(description="platform or external; null where nobody can take it")]
    processor: Annotated[str | None, Field(description="who takes it, or is at fault")]
    connection_id: Annotated[int | None, Field(description="through which connection, or which one is at fault")]
    cause: Annotated[str | None, Field(description="why nobody can take it, as a code")] = None
    rules: Annotated[tuple[RoutingRule, ...], Field(description="every rule that was looked at, with its outcome")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it was decided")]

    @property
    def key(self) -> str:
        return str(self.order_id or self.provider_id)
