"""Faults as they are asked for, checked (X-7)."""

from __future__ import annotations

from sandbox.control.problems import invalid, number, text, whole
from sandbox.core.faults import DEFAULT_SEED, Fault, Faults, Kind
from sandbox.core.http import Record
from sandbox.status import DESCRIPTIONS

_FIELDS = frozenset(
    {"vendor", "operation", "kind", "share", "count", "delayMs", "status", "code", "seed", "statusPage"}
)


def fault_from(body: Record, faults: Faults, operations: dict[str, list[str]]) -> Fault:
    """Raises ProblemError."""
    for name in body:
        if name not in _FIELDS:
            raise invalid(name, f"{name} is not a field of a fault. They are {', '.join(sorted(_FIELDS))}.")
    vendor = _one_of(body, "vendor", sorted(operations))
    kind = Kind(_one_of(body, "kind", [kind.value for kind in Kind]))
    share = number(body, "share", least=0, otherwise=1)
    if share > 1:
        raise invalid("share", "share is a part of the calls: a number from 0 to 1.")
    status = whole(body, "status", least=400)
    if status is not None and status > 599:
        raise invalid("status", "status must be a HTTP error, 400 to 599.")
    seed = whole(body, "seed", least=0)
    return Fault(
        id=faults.next_id(), vendor=vendor, kind=kind, operation=_operation(body, vendor, operations), share=share,
        count=whole(body, "count", least=1), delay_ms=whole(body, "delayMs", least=0), status=status,
        code=_code(body, kind), seed=DEFAULT_SEED if seed is None else seed, status_page=_status_page(body),
    )  # fmt: skip


def _one_of(body: Record, name: str, choices: list[str]) -> str:
    value = text(body, name)
    if value not in choices:
        raise invalid(name, f"{name} must be one of {', '.join(choices)}.")
    return value


def _operation(body: Record, vendor: str, operations: dict[str, list[str]]) -> str | None:
    """For webhook faults Stripe's event types are operations too, those that nobody subscribed at first as well."""
    if body.get("operation") is None:
        return None
    operation = text(body, "operation")
    known = operations[vendor]
    if operation not in known and not (vendor == "stripe" and operation.partition(".")[0] in _STRIPE_SUBJECTS):
        raise invalid("operation", f"{vendor} has no operation {operation}. It has {', '.join(known)}.")
    return operation


_STRIPE_SUBJECTS = frozenset({"checkout", "payment_intent", "charge", "refund"})


def _code(body: Record, kind: Kind) -> str | None:
    """A vendor's code may come as a number."""
    value = body.get("code")
    if value is None:
        if kind is Kind.VENDOR_CODE:
            raise invalid("code", "A vendor_code fault needs the code, for example 21211.")
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise invalid("code", "code must be text or a number.")
    return str(value)


def _status_page(body: Record) -> str | None:
    if body.get("statusPage") is None:
        return None
    return _one_of(body, "statusPage", [indicator for indicator in DESCRIPTIONS if indicator != "none"])
