"""SendGrid's error answers."""

from __future__ import annotations

from sandbox.core.http import Record, Response, json_response

_HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message."
DELIVERY_CODES = frozenset({"bounce", "blocked", "deferred", "dropped", "spamreport"})
"""What a `vendor_code` fault may do to a mail that was taken: it shows in the event webhook."""


class SendgridRefusedError(Exception):
    """An error answer: one message, the field at fault, and where its rule is written."""

    def __init__(self, status: int, message: str, *, field: str | None = None, topic: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.field = field
        self.topic = topic

    def response(self) -> Response:
        error: Record = {"message": str(self), "field": self.field, "help": _HELP + self.topic if self.topic else None}
        return json_response({"errors": [error]}, status=self.status)


class SendgridFaultAnswers:
    """How SendGrid answers when a fault is asked for."""

    def rate_limited(self) -> Response:
        answer = SendgridRefusedError(429, "too many requests").response()
        answer.headers |= {
            "x-ratelimit-limit": "600",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": "1",
            "retry-after": "1",
        }
        return answer

    def failed(self, status: int, code: str | None) -> Response:
        return SendgridRefusedError(
            status, code or ("Internal Server Error" if status >= 500 else "Bad Request")
        ).response()

    def refuses(self, code: str) -> bool:
        return code not in DELIVERY_CODES

    def vendor_code(self, code: str) -> Response:
        """SendGrid has no codes of its own: a HTTP status."""
        known = {
            "400": "Bad Request",
            "401": "The provided authorization grant is invalid, expired, or revoked",
            "403": "The from address does not match a verified Sender Identity. Mail cannot be sent until this error"
            " is resolved.",
            "413": "Payload too large",
            "429": "too many requests",
        }
        if code == "429":
            return self.rate_limited()
        return SendgridRefusedError(int(code) if code in known else 400, known.get(code, code)).response()
