"""Providers' own accounts at processors: what they can do, how they are, and the secrets to use them (P-2)."""
