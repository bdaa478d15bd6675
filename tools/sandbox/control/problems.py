"""ProblemError documents (RFC 9457) of the control API, and reading its JSON."""

from __future__ import annotations

import datetime as dt
import json

from sandbox.core.http import Record, Request, Response, dumps

_TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    409: "Not possible now",
    422: "Invalid request",
}


class ProblemError(Exception):
    """A refusal: status, stable code and a sentence; `fields` say what is wrong with which."""

    def __init__(self, status: int, code: str, detail: str, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.fields = fields or {}

    def response(self) -> Response:
        document: Record = {
            "type": "about:blank", "title": _TITLES.get(self.status, "Error"), "status": self.status, "code": self.code,
            "detail": str(self),
        }  # fmt: skip
        if self.fields:
            document["errors"] = self.fields
        return Response(status=self.status, body=dumps(document), content_type="application/problem+json")


def invalid(field: str, sentence: str) -> ProblemError:
    return ProblemError(422, "invalid_request", sentence, fields={field: sentence})


def body_of(request: Request) -> Record:
    """The JSON object of the body; an empty body is an empty object. Raises ProblemError."""
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise ProblemError(400, "malformed_json", "The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise ProblemError(422, "invalid_request", "The body must be a JSON object.")
    return body


def text(body: Record, name: str, *, otherwise: str | None = None) -> str:
    """A field that must hold text. Raises ProblemError."""
    value = body.get(name, otherwise)
    if not isinstance(value, str) or (value == "" and otherwise is None):
        raise invalid(name, f"{name} must be given, as text.")
    return value


def number(body: Record, name: str, *, least: float, otherwise: float | None = None) -> float:
    """A field that must hold a number of at least `least`. Raises ProblemError."""
    value = body.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
        raise invalid(name, f"{name} must be a number of at least {least:g}.")
    return value


def flag(body: Record, name: str) -> bool:
    """A field that is true or false; false where it isn't given. Raises ProblemError."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise invalid(name, f"{name} must be true or false.")
    return value


def whole(body: Record, name: str, *, least: int) -> int | None:
    """A whole number, or None where it isn't given. Raises ProblemError."""
    if body.get(name) is None:
        return None
    value = number(body, name, least=least)
    if value != int(value):
        raise invalid(name, f"{name} must be a whole number.")
    return int(value)


def moment(given: str, name: str) -> float:
    """Seconds since the epoch, from such a number or from RFC 3339. Raises ProblemError."""
    try:
        return float(given)
    except ValueError:
        pass
    try:
        at = dt.datetime.fromisoformat(given.replace(" ", "+") if "T" in given else given)
    except ValueError as error:
        raise invalid(name, f"{name} must be a time such as 2026-01-10T20:14:00Z.") from error
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).timestamp()


def won_of(body: Record) -> bool:
    """Whether a dispute's `outcome` is won. Raises ProblemError for another one than won or lost."""
    outcome = text(body, "outcome")
    if outcome not in ("won", "lost"):
        raise invalid("outcome", "outcome must be won or lost.")
    return outcome == "won"
