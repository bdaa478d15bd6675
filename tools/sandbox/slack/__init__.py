"""The stand-in for Slack: incoming webhooks, the chat methods of a bot, and buttons that call back (S-1)."""

from __future__ import annotations
