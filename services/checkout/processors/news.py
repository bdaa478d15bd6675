"""What external processors send by themselves, and where to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import SecretStr

from checkout.processors.domain import ExternalDispute, ExternalPayment, ExternalRefund


class NewsKind(StrEnum):
    """What a webhook is about.

    page: a payment page that its buyer approved: `complete` takes the money
    other: nothing that is worked on, as a test event
    """

    PAGE = "page"
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    ACCESS_REVOKED = "access_revoked"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """A webhook as it came.

    payload: its bytes
    headers: by name in lower case
    url: the address that the processor was told to send it to
    """

    payload: bytes
    headers: Mapping[str, str]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a webhook says. It may be old: what counts is the payment with the newest `updated_at`.

    event_id: the processor's id of it, the same when it is sent again
    type: what happened, in the processor's words
    kind: what it is about
    account_id: the account that it is about: one address may hear of several; empty: of the one whose address it is
    created_at: when it happened, by the processor's clock
    subject_id: the processor's id of the page, payment, refund or dispute; None where it is about none
    payment_id: that of the payment that is paid, refunded or disputed, where the webhook names it
    payment: the payment, where the webhook has all of it
    refund: the refund, where the webhook has all of it
    dispute: the dispute, where the webhook has all of it
    """

    event_id: str
    type: str
    kind: NewsKind
    account_id: str
    created_at: datetime
    subject_id: str | None = None
    payment_id: str | None = None
    payment: ExternalPayment | None = None
    refund: ExternalRefund | None = None
    dispute: ExternalDispute | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Where a processor sends webhooks of an account.

    subscription_id: the processor's id of it
    url: the address
    secret: what proves that a webhook is the processor's
    enabled: whether it sends any
    """

    subscription_id: str
    url: str
    secret: SecretStr
    enabled: bool
