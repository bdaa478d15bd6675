"""Whether purchases pause, since when and why. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.maintenance.errors import UnderMaintenance

_SOON: Final = timedelta(minutes=5)
_SHORTEST: Final = timedelta(seconds=30)
_LONGEST: Final = timedelta(hours=1)


class MaintenanceAction(StrEnum):
    """What a person does about maintenance, as the audit names it: before and after say which way."""

    CHANGED = "maintenance_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A pause of purchases that is under way.

    reason: the words that buyers read
    until: when purchases are expected to go on; None when nobody knows
    since: when it began
    by: the email of who began it, or changed it last
    """

    reason: str
    until: datetime | None
    since: datetime
    by: str

    def expected(self, now: datetime) -> datetime | None:
        """When purchases are expected to go on; None once that moment has passed, too."""
        return self.until if self.until is not None and self.until > now else None

    def refusal(self, now: datetime) -> UnderMaintenance:
        """What a buyer is told, who may ask again after 30 s to an hour; after 5 minutes where nobody knows the end."""
        end = self.expected(now)
        left = _SOON if end is None else min(max(end - now, _SHORTEST), _LONGEST)
        return UnderMaintenance(self.reason, until=end, ask_again_after=math.ceil(left.total_seconds()))
