"""Puts a new value in the place of a secret that we make ourselves, while everything runs (docs/adr/0019)."""
