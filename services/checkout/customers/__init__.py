"""Customers by their e-mail addresses: they find their purchases again (W-1)."""

from __future__ import annotations
