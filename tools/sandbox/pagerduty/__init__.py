"""The stand-in for PagerDuty: Events API v2 with its dedup rules, and webhooks v3 (S-1)."""

from __future__ import annotations
