"""What all stand-ins share: HTTP, clock, faults, webhooks, messages."""

from __future__ import annotations
