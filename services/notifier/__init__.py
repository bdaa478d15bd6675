"""Tells people: sale SMS to the owners, confirmations with tickets to buyers; deliveries, receipts, suppressions."""

from __future__ import annotations
