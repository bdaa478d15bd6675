"""What is said to whom when something happened: kinds of message, their texts and templates."""

from __future__ import annotations
