"""The commands, one file a subject. Imports stand inside the functions, so that `--help` is fast."""

from __future__ import annotations
