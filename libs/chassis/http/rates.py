"""Limits how often one address may ask and write without a token (X-5).

What needs a token is not limited here: at the door of a workshop one address checks in hundreds. What vendors and our
own services send isn't either, nor what pages are made of. What pages tell of themselves is counted apart: it must not
use up what their visitors may write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.addresses import client_address, is_own, limiter_key, shorten_address
from chassis.clock import Clock
from chassis.errors import RateLimited
from chassis.http.guards import guards_of
from chassis.http.limits import WEBHOOK_PATHS
from chassis.http.problems import Responder
from chassis.metrics import Metric, metrics
from chassis.rates import RateLimit
from chassis.refusals import RefusalReports
from chassis.settings import ServiceSettings
from chassis.telemetry import get_logger
from events import SecurityActionRefused

log = get_logger()

READ, WRITE, TELL = "read", "write", "tell"
ACTIVITY_PATH: Final = "/api/activity"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FREE: Final = ("/internal/", *WEBHOOK_PATHS)
_ASSETS: Final = "/static/"
_OWN: Final = frozenset({"/livez", "/readyz", "/api/metrics"})


@dataclass(frozen=True, slots=True)
class _GuardedRoutes:
    """The routes that ask for a token themselves."""

    contexts: Sequence[RouteContext]

    def has(self, method: str, path: str) -> bool:
        return any(method in (one.methods or ()) and one.path_regex.match(path) for one in self.contexts)


class RateLimitMiddleware:
    """Refuses with `rate_limited` what comes too often from one address."""

    def __init__(
        self, app: ASGIApp, *, service: FastAPI, settings: ServiceSettings, respond: Responder, clock: Clock
    ) -> None:
        self._app = app
        self._service = service
        self._settings = settings
        self._respond = respond
        self._limits = {
            READ: RateLimit(settings.public_reads_per_minute, clock=clock),
            WRITE: RateLimit(settings.public_writes_per_minute, clock=clock),
            TELL: RateLimit(settings.public_writes_per_minute, clock=clock),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._judge(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        response = await self._respond(Request(scope), refusal)
        await response(scope, receive, send)

    def _judge(self, scope: Scope) -> RateLimited | None:
        kind = self._kind(scope["method"], scope["path"])
        if kind is None:
            return None
        address = client_address(scope)
        if self._settings.sandboxed and is_own(address):
            return None
        wait = self._limits[kind].take(limiter_key(address))
        if wait is None:
            return None
        self._tell(kind, shorten_address(address))
        return RateLimited.until(wait)

    def _kind(self, method: str, path: str) -> str | None:
        if path in _OWN or path.startswith(_FREE) or _ASSETS in path:
            return None
        if method in _READING:
            return READ
        if path == ACTIVITY_PATH:
            return TELL
        return None if self._guarded.has(method, path) else WRITE

    @cached_property
    def _guarded(self) -> _GuardedRoutes:
        """Found at the first request: by then all routes are there."""
        return _GuardedRoutes(
            [
                context
                for context in iter_route_contexts(self._service.routes)
                if isinstance(context.original_route, APIRoute) and guards_of(context.original_route.dependant)
            ]
        )

    def _tell(self, kind: str, source: str) -> None:
        metrics.count(Metric.REQUESTS_LIMITED, kind=kind)
        reports: RefusalReports = self._service.state.refusals
        if reports.report(SecurityActionRefused, actor=source, what=kind, code=RateLimited.code):
            log.warning("rate_limited", kind=kind, ip=source)
