"""Events as the other services would write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis.counted import KINDS
from chassis.ids import uuid7
from events import (
    ActivityCheckoutStarted,
    Channel,
    DependencyHealth,
    LineKind,
    NotificationSent,
    OrderCancelled,
    OrderCustomer,
    OrderId,
    OrderLine,
    OrderPaid,
    OrderRefundFailed,
    OrderSeat,
    OrderSource,
    OrderState,
    PaymentAttemptFailed,
    PaymentCommissionBlocked,
    PaymentCommissionCollected,
    PaymentCommissionFailed,
    PaymentCommissionInvoiced,
    PaymentCommissionStarted,
    PaymentCommissionWentBack,
    PaymentConnectionChanged,
    PaymentRefundRefused,
    PaymentSecondCharge,
    PoolLevel,
    SeatState,
    SecondChargeOutcome,
    SecurityActionRefused,
    SecurityFraudSuspected,
    ServiceErrorsCounted,
    ServiceHeartbeat,
    StockSold,
    TicketCode,
)

NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
ORDER = OrderId(UUID("0193476e-8a00-7000-8000-000000000001"))


def checkout_started(**changes: Any) -> ActivityCheckoutStarted:
    paid = order_paid()
    facts: dict[str, Any] = {
        "visitor_id": "4f-a0-17-9c",
        "order_id": paid.order_id,
        "lines": paid.lines,
        "currency": paid.currency,
        "member": paid.member,
        "source": paid.source,
        "occurred_at": NOW,
    }
    return ActivityCheckoutStarted(**{**facts, **changes})


def order_paid(**changes: Any) -> OrderPaid:
    facts: dict[str, Any] = {
        "order_id": OrderId(uuid7()),
        "number": "7K3M2QXD",
        "version": 3,
        "state": OrderState.PAID,
        "lines": (
            OrderLine(
                line=1,
                kind=LineKind.SEATS,
                item_id="dallas-jan-2027",
                tier="ga",
                quantity=2,
                list_price=59_900,
                unit_price=47_920,
                amount=95_840,
            ),
        ),
        "seats": tuple(
            OrderSeat(seat=seat, line=1, city_id="dallas-jan-2027", tier="ga", state=SeatState.SOLD) for seat in (1, 2)
        ),
        "amount": 95_840,
        "discount_total": 23_960,
        "currency": "USD",
        "customer": OrderCustomer(first_name="Pat", last_name="Doe", email="pat@example.com"),
        "member": True,
        "member_verified": False,
        "business_type": "barber",
        "source": OrderSource.WEB,
        "live_mode": False,
        "occurred_at": NOW,
        "hold_alive": True,
        "tickets": tuple(TicketCode(seat=seat, code=f"T{seat}") for seat in (1, 2)),
        "paid_at": NOW,
        "processor_time": NOW - timedelta(milliseconds=400),
    }
    return OrderPaid(**{**facts, **changes})


def second_charge(outcome: SecondChargeOutcome, *, at: datetime = NOW) -> PaymentSecondCharge:
    return PaymentSecondCharge(
        order_id=OrderId(uuid7()),
        processor="stripe",
        amount=95_840,
        currency="USD",
        outcome=outcome.value,
        occurred_at=at,
    )


def refund_refused(*, at: datetime = NOW) -> PaymentRefundRefused:
    return PaymentRefundRefused(
        order_id=OrderId(uuid7()),
        processor="stripe",
        amount=47_920,
        currency="USD",
        cause="charge_disputed",
        occurred_at=at,
    )


def refund_failed() -> OrderRefundFailed:
    shared = {name: value for name, value in order_paid() if name in OrderRefundFailed.model_fields}
    told = {"failed_amount": 47_920, "ended_seats": (2,), "cause": "expired_or_canceled_card"}
    return OrderRefundFailed(**{**shared, **told})


def order_cancelled(cause: str) -> OrderCancelled:
    shared = {name: value for name, value in order_paid() if name in OrderCancelled.model_fields}
    return OrderCancelled(**{**shared, "cause": cause})


def order_of_two_lines() -> OrderPaid:
    first = order_paid()
    second = OrderLine(
        line=2,
        kind=LineKind.SEATS,
        item_id="tampa-feb-2027",
        tier="vip",
        quantity=1,
        list_price=99_900,
        unit_price=99_900,
        amount=99_900,
    )
    return first.model_copy(update={"lines": (*first.lines, second), "amount": first.amount + second.amount})


def attempt_failed(*, buyers_fault: bool, cause: str = "card_declined") -> PaymentAttemptFailed:
    return PaymentAttemptFailed(
        order_id=ORDER,
        processor="stripe",
        attempt=1,
        amount=95_840,
        currency="USD",
        cause=cause,
        buyers_fault=buyers_fault,
        occurred_at=NOW,
    )


def level(available: int, *, sold: int = 0) -> PoolLevel:
    return PoolLevel(public_limit=35, actual_limit=40, held=0, sold=sold, oversold=0, available=available)


def stock_sold(version: int, available: int, *, city: str = "dallas-jan-2027", quantity: int = 1) -> StockSold:
    return StockSold(
        city_id=city,
        stock_version=version,
        remaining_inventory={"ga": available},
        pools={"ga": level(available, sold=35 - available)},
        occurred_at=NOW,
        order_id=ORDER,
        tier="ga",
        quantity=quantity,
    )


def sms_sent(response_ms: int = 120) -> NotificationSent:
    return NotificationSent(
        notification_id=uuid7(),
        delivery_id=uuid7(),
        version=2,
        channel=Channel.SMS,
        kind="ticket_sale",
        recipient="+1•••0100",
        order_id=ORDER,
        occurred_at=NOW,
        provider="twilio",
        provider_id="SM1",
        attempts=1,
        response_ms=response_ms,
    )


def counted_error(error: str, count: int = 1, *, at: datetime = NOW) -> ServiceErrorsCounted:
    kind = KINDS[error]
    return ServiceErrorsCounted(
        service="inventory",
        instance="inventory-0",
        category=kind.category,
        error=error,
        severity=kind.severity,
        count=count,
        occurred_at=at,
    )


def expansion_refused(actor: str, count: int = 1, *, at: datetime = NOW) -> SecurityActionRefused:
    return SecurityActionRefused(
        actor=actor,
        what="POST /api/admin/inventory/expand",
        code="invalid_authorization",
        count=count,
        service="inventory",
        occurred_at=at,
    )


def fraud_suspected(rule: str, *, at: datetime = NOW) -> SecurityFraudSuspected:
    return SecurityFraudSuspected(
        actor="card ending in 0002",
        what="card p***@example.com",
        code=rule,
        count=6,
        service="checkout",
        occurred_at=at,
    )


def heartbeat(service: str, *, at: datetime = NOW, instance: str | None = None, **changes: Any) -> ServiceHeartbeat:
    facts: dict[str, Any] = {
        "service": service,
        "instance": instance or f"{service}@host:0",
        "version": "0.1.0",
        "uptime_seconds": 3600.0,
        "memory_bytes": 100_000_000,
        "memory_limit_bytes": 400_000_000,
        "cpu_share": 0.05,
        "event_loop_delay_ms": 0.4,
        "outbox_depth": 0,
        "outbox_age_seconds": 0.0,
        "dependencies": {"database": DependencyHealth(status="healthy", latency_ms=1.5)},
        "consumer_lag": {},
        "occurred_at": at,
    }
    return ServiceHeartbeat(**{**facts, **changes})


_COLLECTION: Final[Mapping[str, Any]] = {
    "collection_id": 41,
    "provider_id": 3,
    "amount": 3_000,
    "currency": "USD",
    "occurred_at": NOW,
}


def commission_blocked(**changes: Any) -> PaymentCommissionBlocked:
    return PaymentCommissionBlocked(**{**_COLLECTION, "reason": "no_account", "version": 1, **changes})


def commission_started(**changes: Any) -> PaymentCommissionStarted:
    return PaymentCommissionStarted(**{**_COLLECTION, "version": 2, **changes})


def commission_invoiced(**changes: Any) -> PaymentCommissionInvoiced:
    due = NOW + timedelta(days=14)
    return PaymentCommissionInvoiced(**{**_COLLECTION, "version": 3, "payable_until": due, **changes})


def commission_collected(**changes: Any) -> PaymentCommissionCollected:
    sums = {"transactions": 2, "volume": 25_000, "commission": 3_750, "at_source": 750}
    period = {"period_from": NOW, "period_to": NOW}
    return PaymentCommissionCollected(**{**_COLLECTION, **sums, **period, "version": 3, **changes})


def commission_went_back(**changes: Any) -> PaymentCommissionWentBack:
    back = {"kind": "refund", "state": "done", "source_id": "re_1"}
    return PaymentCommissionWentBack(**{**_COLLECTION, **back, "version": 4, **changes})


def commission_failed(**changes: Any) -> PaymentCommissionFailed:
    why = {"cause": "balance_insufficient", "reason": "There is too little."}
    return PaymentCommissionFailed(**{**_COLLECTION, **why, "version": 3, **changes})


def connection_changed(status: str, **changes: Any) -> PaymentConnectionChanged:
    facts: dict[str, Any] = {
        "connection_id": 7,
        "provider_id": 3,
        "processor": "square",
        "version": 2,
        "status": status,
        "healthy": status == "connected",
        "supports_payments": True,
        "supports_refunds": True,
        "cause": "validated",
        "occurred_at": NOW,
    }
    return PaymentConnectionChanged(**{**facts, **changes})
