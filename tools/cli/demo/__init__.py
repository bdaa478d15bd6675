"""The demonstration sale: a real purchase through the gateway, followed through every part."""

from __future__ import annotations
