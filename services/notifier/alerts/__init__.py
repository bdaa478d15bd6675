"""Alerts as the notifier knows them: whom they reach by what, how they are worded, when they are dropped (M-7, N-2)."""

from __future__ import annotations
