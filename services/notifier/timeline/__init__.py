"""What was sent about an alert or an order, to whom, when and why, and what was not, and why (N-14)."""

from __future__ import annotations
