"""Tells of callbacks with a wrong signature: somebody's attempt or our own mistake, so both must be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from chassis.addresses import client_address, shorten_address
from chassis.clock import Clock
from chassis.errors import Condition
from chassis.metrics import Metric, metrics
from chassis.telemetry import get_logger
from events import SecurityEvent, SecuritySignatureInvalid

log = get_logger()


@dataclass(frozen=True, slots=True)
class Refusals:
    """`send` takes a fact that may be lost."""

    send: Callable[[SecurityEvent], None]
    clock: Clock

    def tell(self, request: Request, vendor: str, refusal: Condition) -> None:
        source = shorten_address(client_address(request.scope))
        metrics.count(Metric.SIGNATURES_REFUSED, vendor=vendor, code=refusal.code)
        log.error("webhook_signature_invalid", vendor=vendor, reason=refusal.code, ip=source)
        self.send(
            SecuritySignatureInvalid(
                actor=source,
                what=f"{vendor} webhook",
                code=refusal.code,
                service="notifier",
                occurred_at=self.clock.now(),
            )
        )
