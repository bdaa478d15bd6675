"""The conditions for missing and wrong tokens (C-12, C-13)."""

from __future__ import annotations

from typing import Final

from chassis.errors import Condition
from languages import gettext_noop

_HOW: Final = "Sign in at /login, or get a token with `fullhouse token` and send it as `Authorization: Bearer …`."
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="fullhouse"'}


class TokenMissing(Condition):
    status = 401
    code = "token_missing"
    title = "You are not signed in"
    meaning = f"This address needs a token. {_HOW}"
    remedy = _HOW


class TokenInvalid(Condition):
    status = 401
    code = "token_invalid"
    title = "The token is not one of ours"
    meaning = f"The token is damaged, or was not signed by this installation. {_HOW}"
    remedy = _HOW


class TokenExpired(Condition):
    status = 401
    code = "token_expired"
    title = "The token has expired"
    meaning = f"The token was good once and is too old now. {_HOW}"
    remedy = f"Refresh it at POST /api/auth/refresh. {_HOW}"


class RoleMissing(Condition):
    status = 403
    code = "role_missing"
    title = "Your role may not do this"
    meaning = "The token is good, and its role is not enough for this."
    remedy = "Ask somebody whose role is enough, or an admin to change yours."


class CrossOrigin(Condition):
    status = 403
    code = "cross_origin"
    title = gettext_noop("The request did not come from our own page")
    meaning = gettext_noop("A change that rests on the session cookie must come from a page of this installation.")
    remedy = "Use the page itself, or send the token in the Authorization header."


class ServiceTokenInvalid(Condition):
    status = 401
    code = "service_token_invalid"
    title = "The internal token is missing, expired or meant for somebody else"
    meaning = "Internal addresses take short-lived tokens of our own services only."
    remedy = "This address is not for the public."
