"""Alerts: rules judged on figures, and what becomes of each alert (M-5, M-6)."""

from __future__ import annotations
