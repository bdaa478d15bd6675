"""Calls to external processors: again where that is safe, until the processor has decided or the deadline has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from chassis.clock import Clock
from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from checkout.payments.processors.port import (
    ProcessorBusy,
    ProcessorFailed,
    ProcessorFailure,
    ProcessorRefused,
    ProcessorUncertain,
)
from checkout.payments.processors.trying import Answer, AnswerKept, time_for, until_decided
from checkout.processors.domain import CredentialsRefused

# Stripe says so of an answer that it has given to the same key before.
_REPLAYED: Final = "idempotent-replayed"
_NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 404, 429, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCall:
    """One call, as it is sent each time; its `repr` shows no credentials.

    operation: what figures and traces call it
    method: of HTTP
    path: with its query
    headers: those of this call, the credentials among them
    body: its bytes; None: it has none
    changes: whether it may have had an effect when its answer is lost; it must be safe to repeat
    """

    operation: str
    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    changes: bool = False


class ExternalCalls:
    """A processor's calls. `refusal` reads its own answers of 4xx and is told status and body, `{}` for no JSON."""

    def __init__(
        self, client: VendorClient, *, refusal: Callable[[int, Mapping[str, Any]], ProcessorFailure], clock: Clock
    ) -> None:
        self._client = client
        self._refusal = refusal
        self._clock = clock

    async def ask(self, call: ExternalCall, *, deadline: timedelta) -> Mapping[str, Any]:
        """The answer's JSON. Raises ProcessorFailure; an earlier try may have arrived: then uncertain."""
        return await until_decided(
            lambda left: self._once(call, left),
            deadline=deadline,
            clock=self._clock,
            saying_nothing=(ProcessorFailed, CredentialsRefused),
        )

    async def ask_for(
        self, call: ExternalCall, read: Callable[[Mapping[str, Any]], Answer], *, deadline: timedelta
    ) -> Answer:
        """What `read` makes of the answer. One that can't be read says nothing of what happened."""
        found = await self.ask(call, deadline=deadline)
        try:
            return read(found)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _lost(call)("the answer can't be read") from error

    async def end(self, call: ExternalCall, *, deadline: timedelta) -> None:
        """Deletes something; what is gone already is so."""
        try:
            await self.ask(call, deadline=deadline)
        except ProcessorRefused as refused:
            if refused.status != _NOT_FOUND:
                raise

    async def _once(self, call: ExternalCall, left: timedelta) -> Mapping[str, Any]:
        try:
            response = await self._client.request(
                call.method,
                call.path,
                operation=call.operation,
                headers=call.headers,
                body=call.body,
                timeout=time_for(left),
            )
        except VendorFailure as failure:
            raise (_lost(call) if failure.ambiguous else ProcessorFailed)(failure.reason) from failure
        return self._judge(call, response)

    def _judge(self, call: ExternalCall, response: VendorResponse) -> Mapping[str, Any]:
        found = _json(response)
        if response.ok and found is not None:
            return found
        if response.status == _TOO_MANY:
            raise ProcessorBusy("rate limited")
        if response.status >= _SERVER_ERROR and response.headers.get(_REPLAYED) == "true":
            raise AnswerKept(f"{self._client.vendor} keeps its answer {response.status}")
        if response.ok or response.status >= _SERVER_ERROR:
            raise _lost(call)(f"{self._client.vendor} answers {response.status}")
        raise self._refusal(response.status, found or {})


def _lost(call: ExternalCall) -> type[ProcessorUncertain | ProcessorFailed]:
    """What a call is whose answer is lost, or says nothing of what happened."""
    return ProcessorUncertain if call.changes else ProcessorFailed


def _json(response: VendorResponse) -> Mapping[str, Any] | None:
    """The answer's object; an empty answer is an empty one."""
    try:
        found = response.json() if response.body else {}
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
