"""`/api/auth/…`: tokens for those who know a password, and new ones for sessions that live (C-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from chassis.app import Body, Out, conditions
from chassis.http.deps import provided
from chassis.tokens import Role
from chassis.tokens.conditions import CrossOrigin
from monitor.accounts.cookies import drop_session, keep_session, kept_refresh_token
from monitor.accounts.domain import LONGEST_PASSWORD
from monitor.accounts.errors import SessionEnded, SignInLimited, SignInRefused
from monitor.accounts.service import SignedIn
from monitor.accounts.sign_in import SignInFlow

router = APIRouter(prefix="/api/auth", tags=["sign-in"])

_Text = Annotated[str, StringConstraints(min_length=1, max_length=254, pattern=r"^[^\x00-\x1f\x7f]*$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInDeps:
    """What the routes work with.

    flow: the way through sign-in
    """

    flow: SignInFlow


Deps = Annotated[SignInDeps, provided(SignInDeps)]


class CredentialsIn(Body):
    """Who wants to sign in."""

    email: _Text
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PASSWORD)] = Field(repr=False)


class RenewalIn(Body):
    """The session to renew or to end."""

    refresh_token: str | None = Field(None, max_length=200, repr=False, description="without it the cookie's is taken")


class SessionOut(Out):
    """Who is signed in, and until when."""

    expires_at: datetime
    email: str
    role: Role
    provider: str | None

    @classmethod
    def of(cls, signed: SignedIn) -> Self:
        return cls(**_session(signed))


class TokensOut(SessionOut):
    """What a signed-in program has."""

    token: str = Field(repr=False, description="goes into `Authorization: Bearer …`")
    refresh_token: str = Field(repr=False, description="good once, for the next pair")

    @classmethod
    def of(cls, signed: SignedIn) -> Self:
        return cls(token=signed.token, refresh_token=signed.refresh_token, **_session(signed))


def _session(signed: SignedIn) -> dict[str, Any]:
    return {
        "expires_at": signed.expires_at.replace(microsecond=0),
        "email": signed.user.email,
        "role": signed.user.role,
        "provider": signed.user.provider,
    }


@router.post("/login", responses=conditions(SignInRefused, SignInLimited))
async def login(request: Request, deps: Deps, credentials: CredentialsIn) -> TokensOut:
    """Tokens for an email and its password; 10 wrong ones in 5 minutes close the door from there for a while."""
    return TokensOut.of(await deps.flow.enter(request, email=credentials.email, password=credentials.password))


@router.post("/refresh", responses=conditions(SessionEnded, CrossOrigin))
async def refresh(
    request: Request, response: Response, deps: Deps, renewal: RenewalIn | None = None
) -> TokensOut | SessionOut:
    """The next pair of tokens; each refresh token is good once, and one that comes again ends its session.

    A browser's cookies are renewed with no token in the answer: scripts are not to have it.
    """
    if renewal is not None and renewal.refresh_token:
        return TokensOut.of(await deps.flow.renew(renewal.refresh_token))
    token = kept_refresh_token(request)
    if not token:
        raise SessionEnded
    signed = await deps.flow.renew(token)
    keep_session(request, response, signed)
    return SessionOut.of(signed)


@router.post("/logout", status_code=204, responses=conditions(CrossOrigin))
async def logout(request: Request, response: Response, deps: Deps, renewal: RenewalIn | None = None) -> None:
    """Ends the session. Tokens that were given out end by themselves within 15 minutes."""
    given = renewal.refresh_token if renewal is not None else None
    if token := given or kept_refresh_token(request):
        await deps.flow.leave(token)
    drop_session(request, response)
