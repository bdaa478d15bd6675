"""Manifests of backups that nobody made."""

from __future__ import annotations

from datetime import datetime

from backups.manifest import Manifest, Part, backup_name


def made(moment: datetime, *services: str) -> Manifest:
    """Of these services' databases, not encrypted."""
    parts = tuple(
        Part(
            service=service,
            taken_at=moment,
            postgres="18.4",
            migration="0160",
            rows={"orders": 3},
            clusters=("abc",),
            offsets={"checkout-facts": {"stock/0": 7}},
            file=f"{service}.dump",
            size=10,
            sha256="0" * 64,
        )
        for service in services
    )
    return Manifest(name=backup_name(moment, "3fa2"), made_at=moment, version="0.1.0", key=None, parts=parts)
