"""Proof: the rules of `invariants` are held against what every service tells of itself, while everything runs."""

from __future__ import annotations
