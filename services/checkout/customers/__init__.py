"""Customers by their e-mail addresses: they find their purchases again, and an order becomes somebody else's (W-1)."""

from __future__ import annotations
