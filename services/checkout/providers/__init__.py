"""Providers, and how each of them is paid: through the platform, a processor of their own, or both (P-1)."""
