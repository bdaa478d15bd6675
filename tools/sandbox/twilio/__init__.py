"""A stand-in for Twilio's messages (S-1, S-2)."""

from __future__ import annotations
