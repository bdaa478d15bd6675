"""The jobs of all services side by side; each keeps its own (`chassis.jobs`)."""

from __future__ import annotations
