"""Sign-in tokens with roles (C-12), and short-lived tokens of internal calls.

The monitor signs sign-in tokens; all others hold public keys only. A route takes `principal: Annotated[Principal,
Depends(require(Role.OPERATOR))]`, an internal one `caller: Annotated[str, Depends(internal("inventory"))]`.
"""

from __future__ import annotations

from chassis.tokens.conditions import (
    CrossOrigin,
    RoleMissing,
    ServiceTokenInvalid,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
)
from chassis.tokens.guards import SESSION_COOKIE, Guard, check_same_origin, internal, require
from chassis.tokens.signing import Principal, Role, ServiceTokens, TokenSigner, TokenVerifier

__all__ = [
    "SESSION_COOKIE",
    "CrossOrigin",
    "Guard",
    "Principal",
    "Role",
    "RoleMissing",
    "ServiceTokenInvalid",
    "ServiceTokens",
    "TokenExpired",
    "TokenInvalid",
    "TokenMissing",
    "TokenSigner",
    "TokenVerifier",
    "check_same_origin",
    "internal",
    "require",
]
