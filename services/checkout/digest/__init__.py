"""What checkout tells of its paid orders, for whoever compares the services."""

from __future__ import annotations
