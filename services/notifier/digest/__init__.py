"""What the notifier tells of its messages, for whoever compares the services."""

from __future__ import annotations
