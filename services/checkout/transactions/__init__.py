"""Payments that providers took at processors of their own, and the ledger of what they came to (P-5, P-6)."""
