"""Seats: capacity, holds, the stock ledger and tickets. Never sells a seat twice, and can prove it."""

from __future__ import annotations
