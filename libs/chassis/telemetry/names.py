"""The catalogue of log event names (M-18).

A name's level is the list in which it stands: mypy refuses `log.info` with an error's name, and a test refuses a name
in no list. The level decides retention (M-15) and alerting: errors at once, warnings by count, infos not. Add a
service's names to its own list below, in alphabetical order, and what its lines say to `fields.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from chassis.telemetry.fields import FIELDS


class Level(StrEnum):
    """A log line's level."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"

    @property
    def retention(self) -> timedelta:
        """How long lines of this level are kept (M-15)."""
        return _RETENTION[self]


_RETENTION: Final = {Level.ERROR: timedelta(days=90), Level.WARN: timedelta(days=30), Level.INFO: timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A log event name of the catalogue.

    name: the name
    level: the level of its lines
    fields: what its lines say beside it
    """

    name: str
    level: Level
    fields: tuple[str, ...]


# critical and high at error, medium at warn, low at info; the error's name is its rule's name.
CountedError = Literal[
    "api_timeout",
    "database_connection_lost",
    "disk_space_low",
    "inventory_sync_failed",
    "memory_leak_detected",
    "notification_queue_full",
    "oversold_tickets",
    "sms_delivery_failed",
    "stripe_api_errors",
    "twilio_rate_limited",
    "webhook_processing_failed",
]
CountedWarn = Literal["concurrent_purchase_conflict", "email_bounce", "invalid_payment_data"]
CountedInfo = Literal["payment_declined", "reservation_expired"]
CountedName = Literal[CountedError, CountedWarn, CountedInfo]

#
SpecError = Literal["inventory_oversold_detected", "payment_processing_failed", "webhook_signature_invalid"]
SpecWarn = Literal[
    "high_memory_usage",
    "inventory_low_stock",
    "rate_limit_approaching",
    "response_time_elevated",
    "slow_request",
    "unusual_traffic_pattern",
]
SpecInfo = Literal[
    "checkout_session_created",
    "inventory_expansion_completed",
    "inventory_metrics",
    "inventory_updated",
    "payment_health_check",
    "payment_successful",
    "request_metrics",
    "sms_health_check",
    "sms_notification_sent",
]

ChassisError = Literal[
    "background_task_failed",
    "configuration_rejected",
    "library_error",
    "request_failed",
    "service_start_failed",
    "unlisted_event",
]
ChassisWarn = Literal[
    "action_refused",
    "background_task_unavailable",
    "issuer_keys_failed",
    "job_overtaken",
    "library_lines_suppressed",
    "library_warning",
    "rate_limited",
    "readiness_check_failed",
    "reader_cut_off",
    "refused_again",
    "request_unavailable",
    "slow_query",
    "vendor_call_failed",
]
ChassisInfo = Literal[
    "configuration_loaded",
    "port_awaited",
    "service_started",
    "service_stopped",
    "settings_changed",
]

EventbusError = Literal[
    "consumer_stuck",
    "dead_letter_recorded",
    "outbox_row_set_aside",
    "records_lost",
    "partition_stopped",
    "relay_failed",
    "subscription_stopped",
    "view_event_failed",
]
EventbusWarn = Literal[
    "batch_unavailable",
    "consumer_restarted",
    "database_awaited",
    "event_deferred",
    "relay_unavailable",
    "streams_unavailable",
    "view_record_unreadable",
    "view_unavailable",
]
EventbusInfo = Literal[
    "partitions_assigned",
    "relay_became_active",
    "relay_lost_lock",
    "subscription_started",
    "topics_created",
]

CheckoutError = Literal[
    "amount_mismatch",
    "collection_failed",
    "appointment_payment_odd",
    "connection_not_readable",
    "order_without_session",
    "refund_failed",
    "refund_refused",
]
CheckoutWarn = Literal[
    "buyer_blocked",
    "city_refund_order_failed",
    "connection_breaker_opened",
    "collection_blocked",
    "commission_went_back",
    "collection_found",
    "collections_stuck",
    "connection_failed",
    "connection_not_given_back",
    "hold_failed",
    "hold_release_failed",
    "payment_event_waiting",
    "payment_missed",
    "poll_failed",
    "processor_refused",
    "provider_unknown",
    "reconciliation_page_failed",
    "reconciliation_repair_failed",
    "signature_missing",
    "sync_failed",
    "sync_gap_filled",
    "waitlist_refused",
    "webhook_missed",
]
CheckoutInfo = Literal[
    "appointment_disputed",
    "appointment_paid",
    "money_back_unread",
    "way_refund",
    "way_refund_waits",
    "payment_page_unknown",
    "feedback_given",
    "support_requested",
    "block_lifted",
    "catalogue_published",
    "connection_breaker_closed",
    "collection_completed",
    "collection_invoiced",
    "collection_made",
    "commission_analysed",
    "fees_compared",
    "processor_performance",
    "connection_changed",
    "connections_counted",
    "maintenance_ended",
    "maintenance_started",
    "city_refund_started",
    "order_cancel_requested",
    "order_cancelled",
    "order_expired",
    "order_placed",
    "provider_changed",
    "order_seats_moved",
    "tickets_transferred",
    "pass_granted",
    "payment_inquiry",
    "lost_list_read",
    "pending_payments_processed",
    "reconciliation_settled",
    "transactions_archived",
    "customer_change_asked",
    "customer_changed",
    "purchases_requested",
    "refund_done",
    "refund_requested",
    "revenue_rebuilt",
    "second_charge_refunded",
    "session_expired",
    "webhook_ignored",
    "webhook_received",
    "webhooks_examined",
]

InventoryError = Literal["ledger_differs"]
InventoryWarn = Literal["hold_ends_wait", "hold_late", "hold_unknown", "restore_waits"]
InventoryInfo = Literal["holds_released", "pool_opened", "restore_done", "tickets_created"]

NotifierError = Literal[
    "email_delivery_failed",
    "notification_lost",
    "pagerduty_delivery_failed",
    "slack_delivery_failed",
    "vendor_account_trouble",
]
NotifierWarn = Literal[
    "breaker_opened",
    "callback_unreadable",
    "delivery_retried",
    "delivery_unknown",
    "recipient_suppressed",
]
NotifierInfo = Literal[
    "alert_answered",
    "breaker_closed",
    "delivery_expired",
    "delivery_receipt",
    "email_notification_sent",
    "notification_queued",
    "pagerduty_notification_sent",
    "slack_notification_sent",
]

MonitorError = Literal["event_not_counted", "invariant_broken"]
MonitorWarn = Literal["jobs_not_told", "sign_in_failed", "sign_in_locked"]
MonitorInfo = Literal["backup_made", "backup_proved", "signed_in", "user_added"]

ErrorName = Literal[
    CountedError,
    SpecError,
    ChassisError,
    EventbusError,
    CheckoutError,
    InventoryError,
    NotifierError,
    MonitorError,
]
WarnName = Literal[
    CountedWarn,
    SpecWarn,
    ChassisWarn,
    EventbusWarn,
    CheckoutWarn,
    InventoryWarn,
    NotifierWarn,
    MonitorWarn,
]
InfoName = Literal[
    CountedInfo,
    SpecInfo,
    ChassisInfo,
    EventbusInfo,
    CheckoutInfo,
    InventoryInfo,
    NotifierInfo,
    MonitorInfo,
]
LogName = Literal[ErrorName, WarnName, InfoName]


def _catalogue() -> Mapping[str, LogEvent]:
    lists: tuple[tuple[Level, Any], ...] = (
        (Level.ERROR, ErrorName),
        (Level.WARN, WarnName),
        (Level.INFO, InfoName),
    )
    events: dict[str, LogEvent] = {}
    for level, names in lists:
        for name in get_args(names):
            if name in events:
                raise ValueError(f"log event {name} stands in two lists")
            events[name] = LogEvent(name, level, FIELDS.get(name, ()))
    return MappingProxyType(events)


CATALOGUE: Final = _catalogue()
