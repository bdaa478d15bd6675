"""What the services logged as mistakes of their own during a run: an outage must never look like one (E-5)."""

from __future__ import annotations

import json
from collections import Counter

from stack.layout import SERVICES
from tests.fixtures.stack import WholeStack

NAMES = ("request_failed", "background_task_failed")
OUTAGE = "chassis.errors.Unavailable"
LENGTH = 160


def mistakes(stack: WholeStack) -> Counter[str]:
    """How often each came, by service, name, kind of exception, and the place where it was raised."""
    return Counter(found for service in SERVICES for found in said(service, stack.log(service)))


def said(service: str, log: str) -> list[str]:
    """One text a line that tells of a mistake; what isn't a whole JSON line (a crash cuts them) is passed over."""
    found = []
    for line in log.splitlines():
        if not any(f'"event":"{name}"' in line for name in NAMES):
            continue
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if fields.get("error_kind") == OUTAGE:
            continue
        what = fields.get("route") or fields.get("task") or ""
        error = f"{fields.get('error_kind', '')}: {fields.get('error', '')}"[:LENGTH]
        found.append(f"{service} {fields['event']} {what}: {error} {_place(fields.get('traceback', ''))}".rstrip())
    return found


def _place(traceback: str) -> str:
    """The innermost line of ours."""
    lines = [line.strip() for line in traceback.splitlines() if "/services/" in line or "/libs/" in line]
    return f"({lines[-1].rpartition('/')[2]})" if lines else ""
