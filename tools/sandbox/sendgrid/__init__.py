"""A stand-in for SendGrid (S-1, S-2)."""

from __future__ import annotations
