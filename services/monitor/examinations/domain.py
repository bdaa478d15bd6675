"""Checks of providers' payments, and what an answer of a route means (P-12). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

ENDPOINTS: Final = "endpoints"
# What is no failure: each has a rule of its own.
INACTIVE: Final = "connection_inactive"
WITHOUT_WEBHOOKS: Final = "connection_webhook_missing"
REFUND_STANDING: Final = "refund_standing"
WARNINGS: Final = frozenset({INACTIVE, WITHOUT_WEBHOOKS, REFUND_STANDING})
# Checks are made every 5 minutes; one that was left out three times says nothing any more.
_FRESH: Final = timedelta(minutes=16)
_ANSWERS: Final = frozenset({"200", "401", "403"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCheck:
    """A check of providers' payments, as it was made last.

    name: database, routing or endpoints; of a warning that of its rule
    problem: what is wrong, as a sentence; None where nothing is
    looked_at: when it was made
    """

    name: str
    problem: str | None
    looked_at: datetime

    @property
    def is_warning(self) -> bool:
        """Whether it tells of something that is no failure."""
        return self.name in WARNINGS

    def failed(self, now: datetime) -> bool | None:
        """Whether it fails; None when it was made too long ago to tell."""
        return None if now - self.looked_at > _FRESH else self.problem is not None


def routes_judged(answers: Mapping[str, str]) -> str | None:
    """What is wrong with routes, by the status of each, or why it gave none: to be let in, or to have to sign in, is
    well.
    """
    wrong = [f"{path}: {answer}" for path, answer in answers.items() if answer not in _ANSWERS]
    return "; ".join(wrong) or None
