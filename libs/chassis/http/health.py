"""The routes `/livez`, `/readyz` and `/api/metrics` of every service."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from chassis.addresses import client_address
from chassis.errors import Condition
from chassis.metrics import CONTENT_TYPE, metrics
from chassis.settings import ServiceSettings
from chassis.telemetry import get_logger

log = get_logger()

Check = Callable[[], Awaitable[None]]
Scrape = Callable[[], Awaitable[bytes]]
CHECK_SECONDS: Final = 2.0


class ScrapeRefused(Condition):
    status = 403
    code = "scrape_refused"
    title = "The figures are not public"
    meaning = "Only our monitoring may read these figures."
    remedy = "Send METRICS_TOKEN as a bearer token, or read from a network in METRICS_ALLOWED_NETWORKS."


def health_router(settings: ServiceSettings, checks: Mapping[str, Check], scrape: Scrape | None = None) -> APIRouter:
    """Builds the routes; `scrape` replaces the process's own metrics.

    A check raises while its part is not ready, and has 2 s.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> JSONResponse:
        return JSONResponse({"status": "ok", "service": settings.service})

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        results = dict(zip(checks, await asyncio.gather(*map(_passes, checks, checks.values())), strict=True))
        ready = all(results.values())
        document = {"status": "ready" if ready else "not_ready", "service": settings.service}
        failed = {name: "ok" if passed else "failed" for name, passed in results.items()}
        return JSONResponse({**document, "checks": failed}, status_code=200 if ready else 503)

    @router.get("/api/metrics")
    async def figures(request: Request) -> Response:
        """`?scope=own` leaves it at this process's figures, wherever it is asked."""
        if not may_scrape(request, settings):
            raise ScrapeRefused
        own = scrape is None or request.query_params.get("scope") == "own"
        text = metrics.text() if own or scrape is None else await scrape()
        return Response(text, media_type=CONTENT_TYPE)

    return router


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:
        log.warning("readiness_check_failed", check=name, exc_info=error)
        return False
    return True


def may_scrape(request: Request, settings: ServiceSettings) -> bool:
    """Whether the request has a scrape token, or comes from an allowed network (behind the gateway: as forwarded)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    tokens = (each.get_secret_value().encode() for each in settings.metrics_token)
    if scheme.lower() == "bearer" and any(hmac.compare_digest(token.strip().encode(), each) for each in tokens):
        return True
    address = client_address(request.scope)
    if address == "unknown":
        return False
    return any(ip_address(address) in network for network in settings.metrics_allowed_networks)
