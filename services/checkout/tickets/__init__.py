"""Tickets of paid orders whose codes people make void (I-11)."""

from __future__ import annotations
