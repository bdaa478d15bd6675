"""FastAPI dependencies that check who calls: `require` for people who look, `internal` for our own services.

A route takes `viewer: Annotated[Principal, Depends(require(Role.VIEWER))]`, an internal one
`caller: Annotated[str, Depends(internal("inventory"))]`. Whoever does something is let in by `chassis.http.deeds`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from chassis.addresses import client_address, shorten_address
from chassis.cookies import read_cookie
from chassis.errors import Condition
from chassis.refusals import RefusalReports
from chassis.telemetry import get_logger
from chassis.tokens.conditions import CHALLENGE, CrossOrigin, RoleMissing, ServiceTokenInvalid, TokenMissing
from chassis.tokens.outside import Doorkeeper
from chassis.tokens.signing import Principal, Role, ServiceTokens
from events import SecurityActionRefused

SESSION_COOKIE: Final = "fullhouse_session"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

log = get_logger()


class Guard(ABC):
    """A check of who calls; the app runs it before it judges a bad body (C-12)."""

    @abstractmethod
    async def __call__(self, request: Request) -> object:
        """Raises the Condition that refuses the request."""


class PersonGuard(Guard, SecurityBase):
    """Asks for a person with one of its roles; the OpenAPI document says of each guarded route what it asks for."""

    model = HTTPBearer(
        bearerFormat="JWT", description="`fullhouse token` prints one; a browser that signed in at /login has a cookie."
    )
    scheme_name = "token"

    def __init__(self, *roles: Role, own: str = "") -> None:
        """`own` names the parameter of the path that is a provider's id: of a provider only the own one is let in."""
        self._roles = roles
        self._own = own

    async def admit(self, request: Request) -> Principal:
        """The principal, when its role allows one of those asked for; `request.app.state.doorkeeper` checks tokens."""
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        request.state.principal = principal = await doorkeeper.verify(_token(request))
        if not any(principal.role.allows(role) for role in self._roles):
            needed = " or ".join(self._roles)
            detail = f"This needs the role {needed}; your token has the role {principal.role}."
            self._refuse(request, principal, detail)
        if self._own and principal.provider not in (None, request.path_params[self._own]):
            self._refuse(request, principal, "Your token is that of another provider.")
        return principal

    def _refuse(self, request: Request, principal: Principal, detail: str) -> None:
        refusal = RoleMissing(detail)
        tell_refusal(request, principal, refusal)
        raise refusal


def tell_refusal(request: Request, principal: Principal, refusal: Condition) -> None:
    """Tells of a refusal as something that may be an attack."""
    route, method = getattr(request.scope.get("route"), "path", request.url.path), request.method
    reports: RefusalReports | None = getattr(request.app.state, "refusals", None)
    told = reports is None or reports.report(
        SecurityActionRefused, actor=principal.subject, what=f"{method} {route}", code=refusal.code
    )
    if told:
        source = shorten_address(client_address(request.scope))
        who = {"actor": principal.subject, "role": principal.role}
        log.warning("action_refused", **who, method=method, route=route, reason=refusal.code, ip=source)


class RoleGuard(PersonGuard):
    """Lets people with one of its roles look."""

    async def __call__(self, request: Request) -> Principal:
        """Who looks."""
        return await self.admit(request)


class InternalGuard(Guard):
    """Lets our own services pass."""

    def __init__(self, audience: str) -> None:
        self._audience = audience

    async def __call__(self, request: Request) -> str:
        """The calling service's name; the tokens are `request.app.state.service_tokens`.

        `request.state.caller` is the Caller afterwards.
        """
        tokens: ServiceTokens = request.app.state.service_tokens
        token = _bearer(request)
        if token is None:
            raise ServiceTokenInvalid
        request.state.caller = caller = tokens.verify(token, self._audience)
        return caller.name


def guards_of(dependant: Dependant | None) -> Sequence[Guard]:
    """The guards of a route, its own and those of what it depends on."""
    if dependant is None:
        return ()
    own = (dependant.call,) if isinstance(dependant.call, Guard) else ()
    return (*own, *(guard for inner in dependant.dependencies for guard in guards_of(inner)))


def require(*roles: Role, own: str = "") -> RoleGuard:
    """A dependency that gives the Principal; raises token_missing, token_invalid, token_expired or role_missing.

    `own`: as of PersonGuard.
    """
    return RoleGuard(*roles, own=own)


def internal(audience: str) -> InternalGuard:
    """A dependency that gives the calling service's name; raises service_token_invalid."""
    return InternalGuard(audience)


def check_same_origin(request: Request) -> None:
    """Refuses an unsafe request that a page of another origin made the browser send, along with our cookies."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    host = request.headers.get("host")
    same = site == "same-origin" if site else bool(origin and host and urlsplit(origin).netloc == host)
    if not same:
        raise CrossOrigin


def _token(request: Request) -> str:
    if token := _bearer(request):
        return token
    if session := read_cookie(request, SESSION_COOKIE):
        check_same_origin(request)
        return session
    raise TokenMissing(headers=CHALLENGE)


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
