"""The operations board: for whoever is on call, the last hour and what is wrong now."""

from __future__ import annotations
