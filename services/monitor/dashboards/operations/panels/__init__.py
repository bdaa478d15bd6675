"""The panels of the operations board in words: each is made of figures as values, and printed by the template."""

from __future__ import annotations
