"""What payments of providers stand on: the doctor and the monitor look whether it is there (P-12)."""

from __future__ import annotations

from typing import Final

# In the order in which they came to be.
TABLES: Final = (
    "providers",
    "provider_emergencies",
    "processor_connections",
    "connection_permissions",
    "routing_decisions",
    "appointments",
    "connection_breakers",
    "routing_steps",
    "way_attempts",
    "way_refund_sums",
    "way_refunds",
    "appointment_disputes",
    "external_transactions",
    "external_transactions_archive",
    "transaction_entries",
    "transaction_syncs",
    "commission_collections",
    "collection_entries",
    "commission_corrections",
    "commission_payments",
    "commission_backs",
    "charge_entries",
    "revenue_days",
)
# They answer whoever asks, if only that one must sign in.
ROUTES: Final = (
    "/api/v1/external-payments/connections",
    "/api/v1/hybrid-payments/test-routing",
    "/api/v1/platform-collections/summary",
    "/api/v1/unified-payment-analytics/dashboard",
)
