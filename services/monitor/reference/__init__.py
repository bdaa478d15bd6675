"""`/docs/events`: the event contract for people, and as AsyncAPI documents."""

from __future__ import annotations
