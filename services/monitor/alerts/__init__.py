"""Alerts: rules are judged on figures, and people take and end what they raise (M-5, M-6)."""

from __future__ import annotations
