"""Takes tokens of an outside issuer beside our own, when the configuration names one (C-12, docs/adr/0016)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import jwt
from jwt import PyJWK

from chassis.clock import Clock
from chassis.emails import is_email
from chassis.errors import ServiceUnavailable
from chassis.settings.oidc import OidcSettings
from chassis.tokens.conditions import CHALLENGE, RoleMissing, TokenExpired, TokenInvalid
from chassis.tokens.ended import LEEWAY, LONGEST_LIFETIME
from chassis.tokens.issuer_keys import IssuerKeys
from chassis.tokens.signing import ENDED, Principal, Role, TokenVerifier

# Expiry is checked against our own clock, which tests move.
_OPTIONS: Final[Any] = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "require": ["iss", "aud", "sub", "exp", "iat"],
}
_LONGEST: Final = 254


class OutsideIssuer:
    """Checks the tokens of one issuer: signature, audience, times, and which role a claim gives."""

    def __init__(self, settings: OidcSettings, *, issuer: str, clock: Clock) -> None:
        self._issuer = issuer
        self._audience = settings.oidc_audience
        self._claim = settings.oidc_role_claim
        self._roles = settings.oidc_roles or {}
        self._clock = clock
        self._keys = IssuerKeys(issuer, clock=clock)

    def named_by(self, token: str) -> bool:
        """Whether the token says that it is this issuer's; nothing is checked yet."""
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except (jwt.InvalidTokenError, UnicodeError):
            return False
        return str(claims.get("iss")).rstrip("/") == self._issuer

    async def verify(self, token: str) -> Principal:
        """The principal; raises TokenInvalid, TokenExpired or RoleMissing, and ServiceUnavailable without any key."""
        key = await self._key_of(token)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                # As the key says, never as the token does.
                algorithms=[key.algorithm_name],
                audience=self._audience,
                issuer=[self._issuer, f"{self._issuer}/"],
                options=_OPTIONS,
            )
            issued_at, expires_at = self._times(claims)
        except (jwt.InvalidTokenError, UnicodeError, TypeError, ValueError, OverflowError, OSError):
            raise TokenInvalid(headers=CHALLENGE) from None
        if expires_at + LEEWAY < self._clock.now():
            raise TokenExpired(f"The token is too old. Get a new one from {self._issuer}.", headers=CHALLENGE)
        return self._principal(claims, issued_at=issued_at, expires_at=expires_at)

    async def close(self) -> None:
        """Ends the connections to the issuer."""
        await self._keys.close()

    async def _key_of(self, token: str) -> PyJWK:
        key = await self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
        if key is None and not self._keys.known:
            raise ServiceUnavailable(
                f"{self._issuer} does not tell its keys right now, so nobody can say whether the token is good.",
                headers={"Retry-After": "30"},
            )
        if key is None:
            raise TokenInvalid(headers=CHALLENGE)
        return key

    def _times(self, claims: Mapping[str, Any]) -> tuple[datetime, datetime]:
        """From when to when it counts: no longer than any token of ours, so that access that was ended stays ended."""
        issued_at = datetime.fromtimestamp(claims["iat"], UTC)
        valid_from = max(issued_at, datetime.fromtimestamp(claims.get("nbf", claims["iat"]), UTC))
        if valid_from > self._clock.now() + LEEWAY:
            raise jwt.ImmatureSignatureError
        return issued_at, min(datetime.fromtimestamp(claims["exp"], UTC), issued_at + LONGEST_LIFETIME)

    def _principal(self, claims: Mapping[str, Any], *, issued_at: datetime, expires_at: datetime) -> Principal:
        role = self._role(claims)
        if role is None:
            raise RoleMissing(f"{self._issuer} knows you, and gives you no role here.")
        subject, email = str(claims["sub"])[:_LONGEST], claims.get("email")
        # An address that nobody has looked at could be anybody's.
        trusted = isinstance(email, str) and is_email(email) and claims.get("email_verified", True) is True
        return Principal(
            subject=f"oidc:{subject}",
            email=str(email) if trusted else subject,
            role=role,
            provider=None,
            token_id=str(claims.get("jti", "")),
            issued_at=issued_at,
            expires_at=expires_at,
        )

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        """The highest that one of the claim's values gives."""
        given = [self._roles[value] for value in _texts(_found(claims, self._claim)) if value in self._roles]
        return next((role for role in (Role.ADMIN, Role.OPERATOR, Role.VIEWER) if role in given), None)


class Doorkeeper:
    """Checks a person's token, whoever issued it.

    own: checks ours, and knows whose access was ended, with any token
    outside: checks those of an outside issuer; None without one
    """

    def __init__(self, own: TokenVerifier, outside: OutsideIssuer | None) -> None:
        self._own = own
        self._outside = outside

    @classmethod
    def of(cls, settings: OidcSettings, own: TokenVerifier, *, clock: Clock) -> Doorkeeper:
        """As the configuration says."""
        issuer = settings.oidc_issuer
        return cls(own, OutsideIssuer(settings, issuer=issuer, clock=clock) if issuer else None)

    async def verify(self, token: str) -> Principal:
        """The principal; raises TokenInvalid, TokenExpired, and for outside ones RoleMissing or ServiceUnavailable."""
        if self._outside is None or not self._outside.named_by(token):
            return self._own.verify(token)
        principal = await self._outside.verify(token)
        if self._own.was_ended(principal):
            raise TokenExpired(ENDED, headers=CHALLENGE)
        return principal

    async def close(self) -> None:
        """Ends the connections to the outside issuer."""
        if self._outside is not None:
            await self._outside.close()


def _found(claims: Mapping[str, Any], name: str) -> object:
    """The claim of this name; where there is none, what its dotted path leads to."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _texts(value: object) -> Iterator[str]:
    """One text, or those of a list."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))
