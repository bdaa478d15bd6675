"""A stand-in for Stripe that keeps state (S-1, S-2)."""

from __future__ import annotations
