"""Sign-in tokens with roles (C-12), and short-lived tokens of internal calls.

The monitor signs sign-in tokens; all others hold public keys only. `chassis.http.guards` asks for both at routes.
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
from chassis.tokens.signing import Caller, Principal, Role, ServiceTokens, TokenSigner, TokenVerifier

__all__ = [
    "Caller",
    "CrossOrigin",
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
]
