"""Square's errors: one form for all, told apart by category and code."""

from __future__ import annotations

from sandbox.core.http import Response, json_response

_CATEGORIES = {401: "AUTHENTICATION_ERROR", 403: "AUTHENTICATION_ERROR", 429: "RATE_LIMIT_ERROR"}
# Cards that are refused, and what is wrong with the seller's account: code to Square's words.
DECLINES = {
    "GENERIC_DECLINE": "Authorization error: 'GENERIC_DECLINE'",
    "CARD_DECLINED": "Authorization error: 'CARD_DECLINED'",
    "INSUFFICIENT_FUNDS": "Authorization error: 'INSUFFICIENT_FUNDS'",
    "CVV_FAILURE": "Authorization error: 'CVV_FAILURE'",
}
_REFUSALS = {
    "UNAUTHORIZED": (401, "This request could not be authorized."),
    "ACCESS_TOKEN_EXPIRED": (401, "The provided access token has expired."),
    "ACCESS_TOKEN_REVOKED": (401, "The provided access token has been revoked."),
    "INSUFFICIENT_SCOPES": (403, "The merchant has not given your application sufficient permissions to do that."),
    "RATE_LIMITED": (429, "Your application has made too many requests recently. Try again later."),
}


class SquareRefusedError(Exception):
    """A refusal, in Square's words."""

    def __init__(self, status: int, code: str, detail: str, *, field: str = "", category: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.field = field
        self.category = category or _CATEGORIES.get(status, "INVALID_REQUEST_ERROR")

    @classmethod
    def of(cls, code: str) -> SquareRefusedError:
        """One whose words are always the same."""
        if code in DECLINES:
            return cls(400, code, DECLINES[code], category="PAYMENT_METHOD_ERROR")
        return cls(_REFUSALS[code][0], code, _REFUSALS[code][1])

    @classmethod
    def missing(cls, kind: str, object_id: str) -> SquareRefusedError:
        """There is no object of that id, or it is another seller's."""
        return cls(404, "NOT_FOUND", f"Could not find {kind} with id: {object_id}")

    def response(self) -> Response:
        error = {"category": self.category, "code": self.code, "detail": str(self)}
        if self.field:
            error["field"] = self.field
        return json_response({"errors": [error]}, status=self.status)


class SquareFaultAnswers:
    """What Square answers when a fault says so."""

    def rate_limited(self) -> Response:
        return SquareRefusedError.of("RATE_LIMITED").response()

    def failed(self, status: int, code: str | None) -> Response:
        code = code or ("SERVICE_UNAVAILABLE" if status == 503 else "INTERNAL_SERVER_ERROR")
        return SquareRefusedError(status, code, "An internal error has occurred.", category="API_ERROR").response()

    def refuses(self, code: str) -> bool:
        return code in DECLINES or code in _REFUSALS

    def vendor_code(self, code: str) -> Response:
        return SquareRefusedError.of(code).response()
