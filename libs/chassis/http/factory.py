"""Builds the ASGI app of a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

from chassis.clock import Clock, SystemClock
from chassis.http.forwarded import ForwardedMiddleware
from chassis.http.headers import security_headers
from chassis.http.health import Check, Scrape, health_router
from chassis.http.limits import BodyLimitMiddleware, HeaderLimitMiddleware
from chassis.http.observe import ObserveMiddleware
from chassis.http.openapi import install_openapi
from chassis.http.problems import ErrorPage, Responder, install_problem_handlers, responder
from chassis.http.rates import RateLimitMiddleware
from chassis.settings import ServiceSettings
from chassis.tokens import ServiceTokens, TokenVerifier
from chassis.tokens.outside import Doorkeeper

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    *,
    service: str,
    settings: ServiceSettings,
    lifespan: Lifespan | None = None,
    routers: Sequence[APIRouter] = (),
    checks: Mapping[str, Check] | None = None,
    clock: Clock | None = None,
    error_page: ErrorPage | None = None,
    form_targets: Sequence[str] = (),
    scrape: Scrape | None = None,
    examples: Path | None = None,
) -> FastAPI:
    """A service's ASGI app, with everything that is the same in all four.

    `lifespan` starts and stops the service's pools and workers. `checks` make up `/readyz`: each raises while its part
    is not ready; the mapping is read at each call, so a lifespan may fill it later. `error_page` renders conditions for
    browsers (paths outside /api and /internal). `form_targets`: see `security_headers`. `scrape` gives what
    `/api/metrics` returns instead of the process's own figures. `examples`: see `install_openapi`.

    `app.state` holds `settings`, `clock`, `verifier` (TokenVerifier), `doorkeeper` (Doorkeeper) and `service_tokens`
    (ServiceTokens); the host adds `refusals` (RefusalReports) and `refused_deeds` (RefusedDeeds). The OpenAPI document
    is at `/api/{service}/openapi.json`.
    """
    app = FastAPI(
        title=f"Fullhouse {service}",
        lifespan=lifespan,
        openapi_url=f"/api/{service}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    clock = clock or SystemClock()
    app.state.settings = settings
    app.state.clock = clock
    app.state.verifier = TokenVerifier(settings.auth_public_keys, clock=clock)
    app.state.doorkeeper = Doorkeeper.of(settings, app.state.verifier, clock=clock)
    app.state.service_tokens = ServiceTokens(settings.service_token_key, clock=clock)
    for router in (health_router(settings, checks if checks is not None else {}, scrape), *routers):
        # Not `include_router`: it would build each route a second time, half the time that it takes to make an app.
        app.router.routes.extend(router.routes)
    respond = responder(error_page)
    install_problem_handlers(app, respond)
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(RateLimitMiddleware, service=app, settings=settings, respond=respond, clock=clock)
    _add_middleware(app, settings, form_targets, respond)
    install_openapi(app, examples)
    return app


def _add_middleware(app: FastAPI, settings: ServiceSettings, form_targets: Sequence[str], respond: Responder) -> None:
    """Adds the outer middleware; the one added last is the outermost."""
    app.add_middleware(HeaderLimitMiddleware, respond=respond)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        )
    headers = security_headers(form_targets=form_targets, strict_transport=not settings.sandboxed)
    app.add_middleware(ObserveMiddleware, headers=headers, respond=respond)
    app.add_middleware(ForwardedMiddleware, gateways=settings.gateway_networks)
