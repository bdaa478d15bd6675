"""Selling: the wish to buy, the hold, the order, its payment page, and what a crash or time leaves to do (C-1)."""

from __future__ import annotations
