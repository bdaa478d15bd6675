"""The SQL of what entries of both ledgers come to, by day, source, provider, processor, currency and rate."""

from __future__ import annotations

from typing import Final

KEYS: Final = "day, source, provider_id, processor, currency, commission_ppm"
FIGURES: Final = ("payments", "paid", "refunded", "disputed", "fees", "at_source")
COLUMNS: Final = f"{KEYS}, {', '.join(FIGURES)}"

# What the platform sells itself is of provider 0; what its own account takes pays no commission.
_PLATFORM: Final = """
SELECT 'platform' AS source, e.entry_id, coalesce(a.provider_id, 0)::bigint AS provider_id, e.processor, e.currency,
       0 AS commission_ppm, e.kind, e.amount, e.fee, 0::bigint AS at_source, e.at
FROM charge_entries AS e LEFT JOIN appointments AS a ON a.appointment_id = e.appointment_id
"""
_EXTERNAL: Final = """
SELECT 'external' AS source, e.entry_id, e.provider_id, e.processor, e.currency, e.commission_ppm,
       e.kind, e.amount, e.fee, e.at_source, e.at
FROM transaction_entries AS e
"""


def entries(platform: str = "", external: str = "") -> str:
    """Entries of both ledgers; each of them joined and narrowed as given."""
    return f"({_PLATFORM} {platform} UNION ALL {_EXTERNAL} {external or platform})"


def sums(of: str, zone: str) -> str:
    """What entries come to; `of`: a subquery of them, `zone`: an expression."""
    return f"""
    SELECT (at AT TIME ZONE {zone})::date AS day, source, provider_id, processor, currency, commission_ppm,
           count(*) FILTER (WHERE kind = 'payment')::bigint AS payments,
           coalesce(sum(amount) FILTER (WHERE kind = 'payment'), 0)::bigint AS paid,
           coalesce(-sum(amount) FILTER (WHERE kind = 'refund'), 0)::bigint AS refunded,
           coalesce(-sum(amount) FILTER (WHERE kind NOT IN ('payment', 'refund')), 0)::bigint AS disputed,
           sum(fee)::bigint AS fees,
           sum(at_source)::bigint AS at_source
    FROM {of} AS entry GROUP BY 1, 2, 3, 4, 5, 6
    """  # noqa: S608


def added(table: str) -> str:
    """The end of an INSERT of sums: what is there already grows by them."""
    grown = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in FIGURES)
    return f"ON CONFLICT ({KEYS}) DO UPDATE SET {grown}"
