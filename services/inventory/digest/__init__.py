"""What inventory tells of its seats, for whoever compares the services."""

from __future__ import annotations
