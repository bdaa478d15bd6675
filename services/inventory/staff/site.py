"""Where inventory's staff pages are: folder and address of their files."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import ui
from ui.staff import StaffSite

ASSETS: Final = "/staff/stock/static"


def staff_site(brand: ui.Brand, *, zone: ZoneInfo) -> StaffSite:
    """The site of inventory's staff pages; `zone` is the business's."""
    return StaffSite(brand, zone=zone, folder=Path(__file__).parent, prefix=ASSETS)
