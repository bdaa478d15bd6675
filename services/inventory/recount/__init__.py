"""Pools counted again: what each should be by its ledger, its holds, its tickets and checkout's orders (I-7)."""

from __future__ import annotations
