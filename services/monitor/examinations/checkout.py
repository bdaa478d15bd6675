"""Asks checkout whether payments of providers can be routed, and tries its routes as somebody who has not signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from chassis.clock import Clock
from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from chassis.tokens import ServiceTokens
from monitor.examinations.domain import ENDPOINTS, WARNINGS, PaymentCheck, routes_judged

_OURSELVES: Final = "monitor"
_CHECKOUT: Final = "checkout"
_PATH: Final = "/internal/payments/examination"
_PATIENCE: Final = timedelta(seconds=5)
_AT_ONCE: Final = 4


class CheckoutExamination:
    """Asks one checkout."""

    def __init__(self, url: str, tokens: ServiceTokens, *, clock: Clock) -> None:
        self._client = VendorClient(_CHECKOUT, url, timeout=_PATIENCE, connections=_AT_ONCE, internal=True)
        self._tokens = tokens
        self._clock = clock

    async def close(self) -> None:
        await self._client.close()

    async def look(self) -> Sequence[PaymentCheck]:
        """What checkout says of itself, and how its routes answer. A checkout of the release before says nothing."""
        token = self._tokens.issue(_OURSELVES, _CHECKOUT)
        answer = await self._ask(_PATH, {"Authorization": f"Bearer {token}"})
        if isinstance(answer, str) or answer.status != HTTPStatus.OK:
            return self._unasked(answer)
        told: Mapping[str, Any] = answer.json()
        routes: Sequence[str] = told["routes"]
        answers = await asyncio.gather(*(self._ask(path) for path in routes))
        seen = {path: _in_words(each) for path, each in zip(routes, answers, strict=True)}
        # One that a release after ours warns of has no rule here, and is no check that fails (docs/adr/0027).
        warned = [each for each in told.get("warnings", ()) if each["name"] in WARNINGS]
        found = {each["name"]: each["problem"] for each in (*told["checks"], *warned)}
        return self._checks({**found, ENDPOINTS: routes_judged(seen)})

    def _unasked(self, answer: VendorResponse | str) -> Sequence[PaymentCheck]:
        if not isinstance(answer, str) and answer.status == HTTPStatus.NOT_FOUND:
            return ()
        return self._checks({ENDPOINTS: f"checkout can't be asked: {_in_words(answer)}"})

    def _checks(self, problems: Mapping[str, str | None]) -> Sequence[PaymentCheck]:
        now = self._clock.now()
        return [PaymentCheck(name=name, problem=problem, looked_at=now) for name, problem in problems.items()]

    async def _ask(self, path: str, headers: Mapping[str, str] | None = None) -> VendorResponse | str:
        """The answer, or why there is none."""
        try:
            return await self._client.request("GET", path, operation="payments.examination", headers=headers)
        except VendorFailure as failure:
            return failure.reason


def _in_words(answer: VendorResponse | str) -> str:
    return answer if isinstance(answer, str) else str(answer.status)
