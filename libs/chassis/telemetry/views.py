"""What people on call look for in the logs, as `fullhouse logs NAME` shows it (O-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from chassis.telemetry.names import Level, LogName


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """A selection of log lines; what is set must fit.

    purpose: what it shows, as a sentence
    names: the events it shows; all, when there are none
    level: the level of its lines
    channel: of lines that name one, only these
    """

    purpose: str
    names: tuple[LogName, ...] = ()
    level: Level | None = None
    channel: str | None = None

    def shows(self, line: Mapping[str, Any]) -> bool:
        """Whether it shows a line, as the file has it."""
        return (
            (not self.names or line.get("event") in self.names)
            and (self.level is None or line.get("level") == self.level)
            and (self.channel is None or line.get("channel", self.channel) == self.channel)
        )


_DELIVERY: Final[tuple[LogName, ...]] = (
    "delivery_expired",
    "delivery_receipt",
    "delivery_retried",
    "delivery_unknown",
    "notification_queued",
)

VIEWS: Final[Mapping[str, LogView]] = MappingProxyType(
    {
        "errors": LogView(purpose="What failed, of all services.", level=Level.ERROR),
        "payments": LogView(
            purpose="Orders and their money: pages opened, paid, declined, refunded, in doubt.",
            names=(
                "amount_mismatch",
                "api_timeout",
                "checkout_session_created",
                "invalid_payment_data",
                "city_refund_order_failed",
                "city_refund_started",
                "order_cancel_requested",
                "order_cancelled",
                "order_expired",
                "order_placed",
                "order_seats_moved",
                "tickets_transferred",
                "customer_change_asked",
                "customer_changed",
                "purchases_requested",
                "order_without_session",
                "pass_granted",
                "payment_declined",
                "payment_event_waiting",
                "payment_health_check",
                "payment_inquiry",
                "payment_missed",
                "lost_list_read",
                "pending_payments_processed",
                "payment_processing_failed",
                "payment_successful",
                "processor_refused",
                "reconciliation_page_failed",
                "reconciliation_repair_failed",
                "reconciliation_settled",
                "refund_done",
                "refund_failed",
                "refund_refused",
                "refund_requested",
                "second_charge_refunded",
                "session_expired",
                "stripe_api_errors",
                "way_refund",
                "way_refund_waits",
                "appointment_disputed",
                "money_back_unread",
            ),
        ),
        "sms": LogView(
            purpose="Text messages: sent, delivered, tried again, failed.",
            names=(
                *_DELIVERY,
                "breaker_closed",
                "breaker_opened",
                "recipient_suppressed",
                "sms_delivery_failed",
                "sms_health_check",
                "sms_notification_sent",
                "twilio_rate_limited",
                "vendor_account_trouble",
            ),
            channel="sms",
        ),
        "email": LogView(
            purpose="E-mails: sent, delivered, tried again, bounced, failed.",
            names=(
                *_DELIVERY,
                "breaker_closed",
                "breaker_opened",
                "email_bounce",
                "email_delivery_failed",
                "email_notification_sent",
                "recipient_suppressed",
                "vendor_account_trouble",
            ),
            channel="email",
        ),
        "slow": LogView(
            purpose="What took long: requests, queries, calls of vendors.",
            names=("api_timeout", "response_time_elevated", "slow_query", "slow_request", "vendor_call_failed"),
        ),
        "stock": LogView(
            purpose="Seats: held, sold, given back, low, and what does not fit.",
            names=(
                "concurrent_purchase_conflict",
                "hold_ends_wait",
                "hold_failed",
                "hold_late",
                "hold_release_failed",
                "hold_unknown",
                "holds_released",
                "inventory_expansion_completed",
                "inventory_low_stock",
                "inventory_metrics",
                "inventory_oversold_detected",
                "inventory_sync_failed",
                "inventory_updated",
                "ledger_differs",
                "oversold_tickets",
                "pool_opened",
                "reservation_expired",
                "restore_done",
                "restore_waits",
                "tickets_created",
            ),
        ),
        "webhooks": LogView(
            purpose="Webhooks: received, refused at the door, missed, ignored, failed.",
            names=(
                "payment_event_waiting",
                "poll_failed",
                "signature_missing",
                "webhook_ignored",
                "webhook_missed",
                "webhook_processing_failed",
                "webhook_received",
                "webhook_signature_invalid",
                "webhooks_examined",
            ),
        ),
    }
)
