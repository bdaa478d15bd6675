"""Faults on demand (S-4): which calls and callbacks of which vendor go wrong, how, and how often."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import StrEnum

from sandbox.core.http import Record, dumps
from sandbox.core.keeping import Form, Keep

ALWAYS = 1.0
DEFAULT_SEED = 1
VENDOR_NAMES = {
    "stripe": "Stripe", "twilio": "Twilio", "sendgrid": "SendGrid", "slack": "Slack", "pagerduty": "PagerDuty",
    "paypal": "PayPal",
    "square": "Square",
}  # fmt: skip


class Kind(StrEnum):
    """How it goes wrong. What happens to a call is in `core/gate.py`, to a callback in `core/webhooks.py`."""

    LATENCY = "latency"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    ERROR = "error"
    RATE_LIMIT = "rate_limit"
    VENDOR_CODE = "vendor_code"
    DROP_WEBHOOK = "drop_webhook"
    DUPLICATE_WEBHOOK = "duplicate_webhook"
    REORDER_WEBHOOKS = "reorder_webhooks"
    LATE_WEBHOOK = "late_webhook"
    BAD_SIGNATURE = "bad_signature"


WEBHOOK_KINDS = frozenset(
    {Kind.DROP_WEBHOOK, Kind.DUPLICATE_WEBHOOK, Kind.REORDER_WEBHOOKS, Kind.LATE_WEBHOOK, Kind.BAD_SIGNATURE}
)
CALL_KINDS = frozenset(Kind) - WEBHOOK_KINDS
# As the control page tells of them.
WORDS = {
    Kind.LATENCY: "Answers late",
    Kind.TIMEOUT_BEFORE: "No answer, nothing happened",
    Kind.TIMEOUT_AFTER: "No answer, but it happened",
    Kind.ERROR: "Answers an error",
    Kind.RATE_LIMIT: "Rate limit, 429",
    Kind.VENDOR_CODE: "Answers a code of its own",
    Kind.DROP_WEBHOOK: "Webhook is lost",
    Kind.DUPLICATE_WEBHOOK: "Webhook comes twice",
    Kind.REORDER_WEBHOOKS: "Webhooks change order",
    Kind.LATE_WEBHOOK: "Webhook comes late",
    Kind.BAD_SIGNATURE: "Webhook with a bad signature",
}


@dataclass(slots=True)
class Fault:
    """One fault as it was asked for.

    `share` is the part of the calls it hits, by a generator of its own that starts from `seed`; `count` is how many
    it hits in all (None: no end); `delay_ms` is the wait of latency, timeouts and late or reordered webhooks;
    `drawn` is how far the generator is.
    """

    id: str
    vendor: str
    kind: Kind
    operation: str | None = None
    share: float = ALWAYS
    count: int | None = None
    delay_ms: int | None = None
    status: int | None = None
    code: str | None = None
    seed: int = DEFAULT_SEED
    status_page: str | None = None
    hits: int = 0
    drawn: int = 0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        for _ in range(self.drawn):
            self._random.random()

    @property
    def spent(self) -> bool:
        return self.count is not None and self.hits >= self.count

    def delay(self, otherwise: float) -> float:
        """Seconds."""
        return otherwise if self.delay_ms is None else self.delay_ms / 1000

    def concerns(self, vendor: str, operation: str) -> bool:
        return self.vendor == vendor and (self.operation is None or self.operation == operation)

    def strikes(self) -> bool:
        """Draws; a hit is counted."""
        if self.spent or (self.share < ALWAYS and self._draw() >= self.share):
            return False
        self.hits += 1
        return True

    def _draw(self) -> float:
        self.drawn += 1
        return self._random.random()

    def as_json(self) -> Record:
        shown: Record = {
            "id": self.id, "vendor": self.vendor, "operation": self.operation, "kind": self.kind.value,
            "share": self.share, "count": self.count, "delayMs": self.delay_ms, "status": self.status,
            "code": self.code, "seed": self.seed, "statusPage": self.status_page, "hits": self.hits,
            "spent": self.spent,
        }  # fmt: skip
        return {name: value for name, value in shown.items() if value is not None}

    def in_words(self) -> str:
        """One short line for the pages."""
        what = self.kind.value.replace("_", " ") + (f" {self.code}" if self.code else "")
        name = VENDOR_NAMES.get(self.vendor, self.vendor)
        where = f"{name} {self.operation}" if self.operation else name
        left = "" if self.count is None else f", {max(0, self.count - self.hits)} to come"
        return f"{where}: {what}, {self.share:.0%} of calls{left}"


def _dumped(fault: Fault) -> bytes:
    return dumps({each.name: getattr(fault, each.name) for each in fields(Fault) if each.init})


def _loaded(body: bytes) -> Fault:
    given = json.loads(body)
    return Fault(**{**given, "kind": Kind(given["kind"])})


_FORM = Form(_dumped, _loaded)


class Faults:
    """The faults in force, in the order in which they were set."""

    def __init__(self, keep: Keep | None = None) -> None:
        self._faults: dict[str, Fault] = (keep or Keep()).shelf("faults", _FORM)
        self._next = 1 + max((int(fault_id.rpartition("_")[2]) for fault_id in self._faults), default=0)

    def all(self) -> list[Fault]:
        return list(self._faults.values())

    def active(self) -> list[Fault]:
        return [fault for fault in self._faults.values() if not fault.spent]

    def next_id(self) -> str:
        self._next += 1
        return f"fault_{self._next - 1}"

    def add(self, fault: Fault) -> None:
        self._faults[fault.id] = fault

    def remove(self, fault_id: str) -> bool:
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> int:
        count = len(self._faults)
        self._faults.clear()
        return count

    def striking(
        self, vendor: str, operation: str, kinds: frozenset[Kind], *, only: Callable[[Fault], bool] = lambda _: True
    ) -> list[Fault]:
        """The faults of these kinds that hit this call, each drawn once; those that `only` leaves out aren't drawn."""
        if not self._faults:
            return []
        return [
            fault
            for fault in self._faults.values()
            if fault.kind in kinds and fault.concerns(vendor, operation) and only(fault) and self._strikes(fault.id)
        ]

    def _strikes(self, fault_id: str) -> bool:
        return self._faults[fault_id].strikes()

    def status_page(self, vendor: str) -> str | None:
        """The indicator (`minor`, `major`, `critical`) that a fault in force sets for the vendor."""
        for fault in self.active():
            if fault.vendor == vendor and fault.status_page is not None:
                return fault.status_page
        return None
