"""Tickets of paid orders after the sale: sent again, given to somebody, made void (I-11)."""

from __future__ import annotations
