"""The HTTP side of the chassis; services import it through `chassis.app`."""

from __future__ import annotations
