"""`fullhouse`: what people on call type. Local things act by themselves, everything else goes through the admin API."""

from __future__ import annotations
