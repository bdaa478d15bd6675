"""Stands in for every vendor, so that nobody buys with real money to try, test or load this product (S-1 to S-5)."""

from __future__ import annotations
