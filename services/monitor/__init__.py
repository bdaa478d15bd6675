"""Reads every topic, keeps the figures, says how healthy everything is, and signs people in."""

from __future__ import annotations
