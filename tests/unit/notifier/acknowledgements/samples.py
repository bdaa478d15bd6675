"""An alert behind a link, in each state in which its page can be."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from notifier.acknowledgements.linked import AlertView
from notifier.channels.spec import AlertWords

WORDS: Final = AlertWords(
    severity="CRITICAL",
    icon="💀",
    colour="#000000",
    on_colour="#FFFFFF",
    summary="Low payment success rate: 40.0% (limit 95%)",
    status="",
    resolved=False,
    facts=(("Rule", "payment_success_low"), ("Since", "Sat, Nov 21, 10:00 AM EST")),
    code="4471",
    runbook="https://runbooks.example.com/payments",
)
OPEN: Final = AlertView(WORDS, None, asks=True)
VIEWS: Final[dict[str, AlertView | None]] = {
    "open": OPEN,
    "taken": AlertView(WORDS, "alex", asks=False),
    "resolved": AlertView(replace(WORDS, status="Resolved, 10:05 AM."), None, asks=False),
    "notice": AlertView(replace(WORDS, code="", runbook=""), None, asks=False),
    "ended": None,
}
