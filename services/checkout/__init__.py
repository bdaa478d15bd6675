"""Sells seats: catalogue, orders, payments, webhooks and the buyer's pages."""

from __future__ import annotations
