"""Signs and checks sign-in tokens (JWT, EdDSA) and the tokens of internal calls (JWT, HMAC)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import jwt
from pydantic import SecretStr

from chassis.clock import Clock, SystemClock
from chassis.keys import PublicKeys, SigningKey
from chassis.tokens.conditions import CHALLENGE, ServiceTokenInvalid, TokenExpired, TokenInvalid
from chassis.tokens.ended import LEEWAY, EndedAccess

ISSUER: Final = "fullhouse"
ENDED: Final = "Your access was ended or changed after this token was issued. Sign in again at /login."
LIFETIME: Final = timedelta(minutes=15)
# Of digits: what a column of integers holds.
_LONGEST_ID: Final = 9


class Role(StrEnum):
    """What a person may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    PROVIDER = "provider"

    def allows(self, needed: Role) -> bool:
        """Whether this role includes `needed`; the provider's role includes, and is included in, no other."""
        return needed in _GRANTS[self]


_GRANTS: Final = {
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.OPERATOR: frozenset({Role.VIEWER, Role.OPERATOR}),
    Role.ADMIN: frozenset({Role.VIEWER, Role.OPERATOR, Role.ADMIN}),
    Role.PROVIDER: frozenset({Role.PROVIDER}),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a token speaks for.

    subject: the account's id
    email: the person's address
    role: what they may do
    provider: the payment or message provider of the role PROVIDER, else None
    token_id: the token's own id
    issued_at: when it was signed
    expires_at: until when it is valid
    """

    subject: str
    email: str
    role: Role
    provider: str | None
    token_id: str
    issued_at: datetime
    expires_at: datetime

    @property
    def provider_id(self) -> int | None:
        """The payment provider that the token is bound to; None for whoever is no payment provider."""
        text = self.provider or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID else None


class TokenSigner:
    """Signs sign-in tokens; only the monitor (and the command line on its machine) has the private key."""

    def __init__(self, key: SigningKey, *, clock: Clock | None = None) -> None:
        self._key = key
        self._clock = clock or SystemClock()

    def issue(
        self, subject: str, *, email: str, role: Role, provider: str | None = None, lifetime: timedelta = LIFETIME
    ) -> str:
        """A token for a person, valid for `lifetime`; `provider` is set for the role PROVIDER only."""
        now = self._clock.now()
        claims: dict[str, Any] = {"iss": ISSUER, "sub": subject, "email": email, "role": role.value}
        # With its fraction: whoever signs in again in the second in which older tokens were ended has a newer one.
        claims |= {"iat": now.timestamp(), "exp": int((now + lifetime).timestamp()), "jti": uuid.uuid4().hex}
        if provider is not None:
            claims["provider"] = provider
        return jwt.encode(claims, self._key.private, algorithm="EdDSA", headers={"kid": self._key.key_id})


class TokenVerifier:
    """Checks sign-in tokens with the public keys, and with what is known of access that has ended."""

    def __init__(self, keys: PublicKeys, *, clock: Clock | None = None) -> None:
        self._keys = keys
        self._clock = clock or SystemClock()
        self.ended = EndedAccess(clock=self._clock)

    def verify(self, token: str) -> Principal:
        """The principal; raises TokenInvalid, or TokenExpired also for a token that was ended before its time."""
        claims = self._claims(token)
        if claims["exp"] + LEEWAY.total_seconds() < self._clock.now().timestamp():
            raise TokenExpired(headers=CHALLENGE)
        principal = _principal(claims)
        if principal is None:
            raise TokenInvalid(headers=CHALLENGE)
        if self.was_ended(principal):
            raise TokenExpired(ENDED, headers=CHALLENGE)
        return principal

    def was_ended(self, principal: Principal) -> bool:
        """Whether the token was ended before its time, since it was verified or before."""
        return self.ended.covers(subject=principal.subject, email=principal.email, issued_at=principal.issued_at)

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise TokenInvalid(headers=CHALLENGE)
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=["EdDSA"], issuer=ISSUER, options=_OPTIONS)
        except (jwt.InvalidTokenError, UnicodeError):
            raise TokenInvalid(headers=CHALLENGE) from None
        if not isinstance(claims["exp"], int) or not isinstance(claims["iat"], int | float):
            raise TokenInvalid(headers=CHALLENGE)
        return claims


def _principal(claims: Mapping[str, Any]) -> Principal | None:
    """None when the claims don't fit: a provider's token names its provider, no other does."""
    if claims["role"] not in list(Role):
        return None
    role, provider = Role(claims["role"]), claims.get("provider")
    if (role is Role.PROVIDER) != isinstance(provider, str):
        return None
    issued_at, expires_at = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
    return Principal(claims["sub"], str(claims["email"]), role, provider, claims["jti"], issued_at, expires_at)


@dataclass(frozen=True, slots=True)
class Caller:
    """A service that calls us.

    name: the service
    key: the key that its token is signed with, which it and all whom it calls have
    """

    name: str
    key: SecretStr


class ServiceTokens:
    """Tokens of internal calls: who calls and whom it calls, valid for a minute (shared keys, HMAC).

    The first of the keys signs, and all are believed, so that a new one can be put in the place of an old one.
    """

    def __init__(self, keys: Sequence[SecretStr], *, clock: Clock | None = None) -> None:
        self._keys = keys
        self._clock = clock or SystemClock()
        self._issued: dict[tuple[str, str, int], tuple[float, str]] = {}

    def issue(self, service: str, audience: str, *, seconds: int = 60) -> str:
        """A token with which `service` calls `audience`; it is reused for half of its life."""
        now = self._clock.now().timestamp()
        good_until, token = self._issued.get((service, audience, seconds), (0.0, ""))
        if now >= good_until:
            claims = {"iss": service, "aud": audience, "iat": int(now), "exp": int(now) + seconds}
            token = jwt.encode(claims, self._keys[0].get_secret_value(), algorithm="HS256")
            self._issued[service, audience, seconds] = (now + seconds / 2, token)
        return token

    def verify(self, token: str, audience: str) -> Caller:
        """The calling service; raises ServiceTokenInvalid."""
        for key in self._keys:
            try:
                claims: dict[str, Any] = jwt.decode(
                    token, key.get_secret_value(), algorithms=["HS256"], audience=audience, options=_SERVICE_OPTIONS
                )
            except (jwt.InvalidTokenError, UnicodeError):
                continue
            return Caller(self._service(claims), key)
        raise ServiceTokenInvalid

    def _service(self, claims: Mapping[str, Any]) -> str:
        expires, service = claims["exp"], claims["iss"]
        late = not isinstance(expires, int) or expires + LEEWAY.total_seconds() < self._clock.now().timestamp()
        if late or not isinstance(service, str):
            raise ServiceTokenInvalid
        return service


# Expiry is checked against our own clock, which tests move; PyJWT knows only the machine's.
_UNTIMED: Final = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
_OPTIONS: Final[Any] = {**_UNTIMED, "require": ["exp", "iat", "sub", "jti", "role", "email"]}
_SERVICE_OPTIONS: Final[Any] = {**_UNTIMED, "require": ["exp", "iat", "iss", "aud"]}
