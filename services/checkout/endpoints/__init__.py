"""Whether processors' webhooks reach us: how endpoints are set up, and what comes of what is sent (R-2)."""

from __future__ import annotations
