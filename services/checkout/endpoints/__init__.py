"""Whether processors' webhooks reach us: how endpoints are set up, what comes, and having it again (R-2, R-4)."""

from __future__ import annotations
