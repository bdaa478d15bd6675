"""The life of a payment, step by step, from what every room has kept of it (P-10)."""
