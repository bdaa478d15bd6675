"""Customers who call for help, and what staff do about it (C-10)."""
