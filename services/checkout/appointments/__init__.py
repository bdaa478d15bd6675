"""Appointments: what a provider is paid for at an appointed time (P-11)."""
