"""What the providers tell us afterwards: signatures, raw receipts, and the deliveries that they settle (N-8)."""

from __future__ import annotations
