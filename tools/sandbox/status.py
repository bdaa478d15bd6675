"""The vendors' public status pages (`/api/v2/status.json`), which a fault may set."""

from __future__ import annotations

from sandbox.core.faults import VENDOR_NAMES, Faults
from sandbox.core.http import Response, json_response

DESCRIPTIONS = {
    "none": "All Systems Operational",
    "minor": "Minor Service Outage",
    "major": "Partial System Outage",
    "critical": "Major Service Outage",
}


class StatusPages:
    """One page a vendor, in the form that Statuspage gives all of them."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def answer(self, vendor: str, path: str) -> Response | None:
        """The page, when the path is its."""
        if path != f"/{vendor}/api/v2/status.json":
            return None
        indicator = self._faults.status_page(vendor) or "none"
        page = {
            "id": vendor,
            "name": VENDOR_NAMES[vendor],
            "time_zone": "Etc/UTC",
            "url": f"https://status.{vendor}.com",
        }
        return json_response({"page": page, "status": {"indicator": indicator, "description": DESCRIPTIONS[indicator]}})
