"""Backups of the services' databases: made, kept, checked, and loaded again (O-4).

A backup is a folder of one file a service and a manifest, which is written last: without it there is no backup. The
files are what pg_dump writes, each of one snapshot; the snapshots are taken one right after the other, of readers
before writers (docs/adr/0018).
"""

from __future__ import annotations
