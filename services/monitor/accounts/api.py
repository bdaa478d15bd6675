"""`/api/auth/…`: tokens for those who know a password, and new ones for sessions that live (C-12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from chassis.tokens import Role
from monitor.accounts.cookies import Cookies
from monitor.accounts.desk import SignInDesk
from monitor.accounts.domain import LONGEST_PASSWORD
from monitor.accounts.errors import SessionEnded
from monitor.accounts.service import SignedIn

_Text = Annotated[str, StringConstraints(min_length=1, max_length=254, pattern=r"^[^\x00-\x1f\x7f]*$")]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Credentials(_Model):
    email: _Text
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)]


class Renewal(_Model):
    """Without a token the cookie's is taken."""

    refresh_token: Annotated[str | None, Field(max_length=200)] = None


class Tokens(_Model):
    """`token` goes into `Authorization: Bearer …`; `refreshToken` is good once, for the next pair."""

    token: str
    expires_at: AwareDatetime
    refresh_token: str
    email: str
    role: Role
    provider: str | None = None


def auth_router(desk: Callable[[], SignInDesk], cookies: Cookies) -> APIRouter:
    """`desk` gives what the lifespan made: routes exist before the database is open."""
    router = APIRouter(prefix="/api/auth", tags=["sign-in"])

    @router.post("/login", response_model=Tokens)
    async def login(request: Request, credentials: Credentials) -> JSONResponse:
        """Tokens for an email and its password; 10 wrong ones in 5 minutes close the door for a while."""
        signed = await desk().enter(request, email=credentials.email, password=credentials.password)
        return _answer(signed)

    @router.post("/refresh", response_model=Tokens)
    async def refresh(request: Request, renewal: Annotated[Renewal | None, Body()] = None) -> JSONResponse:
        """The next pair of tokens; each refresh token is good once. A browser's cookies are renewed with it."""
        if renewal is not None and renewal.refresh_token:
            return _answer(await desk().renew(renewal.refresh_token))
        signed = await desk().renew(cookies.refresh_token(request) or _nobody())
        return cookies.put(_answer(signed), signed)

    @router.post("/logout", status_code=204)
    async def logout(request: Request, renewal: Annotated[Renewal | None, Body()] = None) -> Response:
        """Ends the session. Tokens that were given out end by themselves within 15 minutes."""
        given = renewal.refresh_token if renewal is not None else None
        if token := given or cookies.refresh_token(request):
            await desk().leave(token)
        return cookies.drop(Response(status_code=204))

    return router


def _nobody() -> str:
    raise SessionEnded


def _answer(signed: SignedIn) -> JSONResponse:
    tokens = Tokens(
        token=signed.token,
        expires_at=_whole_seconds(signed.expires_at),
        refresh_token=signed.refresh_token,
        email=signed.user.email,
        role=signed.user.role,
        provider=signed.user.provider,
    )
    return JSONResponse(tokens.model_dump(mode="json", by_alias=True))


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
