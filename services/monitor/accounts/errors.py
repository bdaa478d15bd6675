"""What sign-in answers when it refuses."""

from __future__ import annotations

from chassis.errors import Condition, RateLimited


class SignInRefused(Condition):
    """Email and password don't belong together, or nobody has the email."""

    status = 401
    code = "sign_in_refused"
    title = "Email or password is wrong"
    meaning = "Nobody has this email and this password."
    remedy = (
        "Check both and try again; an admin can set a new password with `fullhouse users add --replace`, "
        "or let you in again with `fullhouse users enable`."
    )


class SignInLimited(RateLimited):
    """Too many wrong passwords for this email from this address (X-5)."""

    meaning = "Too many wrong passwords came for this email from this address; wait some minutes."


class SessionEnded(Condition):
    """A refresh token is good for nothing any more."""

    status = 401
    code = "session_ended"
    title = "The session has ended"
    meaning = "The refresh token is unknown, was used before, or its session has ended."
    remedy = "Sign in again at /login."
