"""What happens to every call to a stand-in before and after it does its work: limits and faults."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Protocol

from sandbox.core.faults import CALL_KINDS, Fault, Faults, Kind
from sandbox.core.http import AnswerLostError, Response
from sandbox.core.limits import EndpointLimits

LATENCY_SECONDS = 1.0
GIVE_UP_SECONDS = 120.0
"""How long a call that gets no answer stays open when the client doesn't hang up first."""


class Refusals(Protocol):
    """A vendor's own answers to what goes wrong."""

    def rate_limited(self) -> Response: ...

    def failed(self, status: int, code: str | None) -> Response: ...

    def refuses(self, code: str) -> bool:
        """Whether this code of the vendor refuses a call (others show later, on the delivery)."""

    def vendor_code(self, code: str) -> Response: ...


class Gate:
    """One for all vendors. `latency` in seconds and `limits` are those of SANDBOX_LIKE_STRIPE."""

    def __init__(self, faults: Faults, *, limits: EndpointLimits | None, latency: float) -> None:
        self._faults = faults
        self._limits = limits
        self._latency = latency
        self.calls: Counter[str] = Counter()

    async def call(
        self,
        vendor: str,
        operation: str,
        work: Callable[[], Awaitable[Response]],
        refusals: Refusals,
    ) -> Response:
        """Do the work as the vendor would on a day like this.

        Raises AnswerLostError when the client is to get no answer.
        """
        self.calls[f"{vendor}.{operation}"] += 1
        if self._limits is not None and not self._limits.take(f"{vendor}.{operation}"):
            return refusals.rate_limited()
        struck = self._faults.striking(vendor, operation, CALL_KINDS, only=lambda fault: _at_call(fault, refusals))
        if self._latency:
            await asyncio.sleep(self._latency)
        if not struck:
            return await work()
        return await self._struck(struck, work, refusals)

    async def _struck(
        self, struck: list[Fault], work: Callable[[], Awaitable[Response]], refusals: Refusals
    ) -> Response:
        lost_after = None
        for fault in struck:
            if fault.kind is Kind.LATENCY:
                await asyncio.sleep(fault.delay(LATENCY_SECONDS))
            elif fault.kind is Kind.TIMEOUT_BEFORE:
                raise AnswerLostError(fault.delay(GIVE_UP_SECONDS))
            elif fault.kind is Kind.TIMEOUT_AFTER:
                lost_after = fault.delay(GIVE_UP_SECONDS)
            else:
                return _refusal(fault, refusals)
        response = await work()
        if lost_after is not None:
            raise AnswerLostError(lost_after)
        return response


def _at_call(fault: Fault, refusals: Refusals) -> bool:
    return fault.kind is not Kind.VENDOR_CODE or refusals.refuses(fault.code or "")


def _refusal(fault: Fault, refusals: Refusals) -> Response:
    if fault.kind is Kind.RATE_LIMIT:
        return refusals.rate_limited()
    if fault.kind is Kind.VENDOR_CODE:
        return refusals.vendor_code(fault.code or "")
    return refusals.failed(fault.status or 500, fault.code)
