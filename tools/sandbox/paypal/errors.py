"""PayPal's error answers."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from sandbox.core.http import Record, Response, json_response

_SENTENCES = {
    "INVALID_REQUEST": "Request is not well-formed, syntactically incorrect, or violates schema.",
    "UNPROCESSABLE_ENTITY": "The requested action could not be performed, semantically incorrect, or failed business"
    " validation.",
    "RESOURCE_NOT_FOUND": "The specified resource does not exist.",
    "NOT_AUTHORIZED": "Authorization failed due to insufficient permissions.",
    "AUTHENTICATION_FAILURE": "Authentication failed due to missing authorization header, or invalid authentication"
    " credentials.",
    "METHOD_NOT_SUPPORTED": "The server does not implement the requested HTTP method.",
    "VALIDATION_ERROR": "Invalid data provided.",
    "RATE_LIMIT_REACHED": "Too many requests. Blocked due to rate limiting.",
    "INTERNAL_SERVER_ERROR": "An internal server error has occurred.",
    "SERVICE_UNAVAILABLE": "Service Unavailable.",
}
_DESCRIPTIONS = {
    "INSTRUMENT_DECLINED": "The instrument presented was either declined by the processor or bank, or it can't be used"
    " for this payment.",
    "ORDER_NOT_APPROVED": "Payer has not yet approved the Order for payment. Please redirect the payer to the"
    " 'rel':'approve' url returned as part of the HATEOAS links within the Create Order call.",
    "ORDER_ALREADY_CAPTURED": "Order already captured. If 'intent=CAPTURE' only one capture per order is allowed.",
    "ORDER_ALREADY_COMPLETED": "The order cannot be patched after it is completed.",
    "ACTION_DOES_NOT_MATCH_INTENT": "Order was created with an intent to 'AUTHORIZE', it can't be captured.",
    "NOT_PATCHABLE": "Cannot be patched.",
    "INVALID_RESOURCE_ID": "Specified resource ID does not exist. Please check the resource ID and try again.",
    "DUPLICATE_REQUEST_ID": "The value of PayPal-Request-Id header has already been used. Please specify a different"
    " value and try again.",
    "PREVIOUS_REQUEST_IN_PROGRESS": "A previous request on this resource is currently in progress. Please wait for"
    " sometime and try again.",
    "CAPTURE_FULLY_REFUNDED": "The capture has already been fully refunded.",
    "REFUND_AMOUNT_EXCEEDED": "The refund amount must be less than or equal to the capture amount that has not yet been"
    " refunded.",
    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": "Refunds not allowed on this capture due to a chargeback on the card or"
    " bank.",
    "REFUND_TIME_LIMIT_EXCEEDED": "You are over the time limit to perform a refund on this capture.",
    "REFUND_CAPTURE_CURRENCY_MISMATCH": "Refund must be in the same currency as the capture.",
    "PERMISSION_DENIED": "You do not have permission to access or perform operations on this resource.",
    "MISSING_REQUIRED_PARAMETER": "A required field / parameter is missing.",
    "INVALID_PARAMETER_VALUE": "The value of a field is invalid.",
    "DECIMAL_PRECISION": "The value of the field should not be more than two decimal places.",
    "DECIMALS_NOT_SUPPORTED": "Currency does not support decimals.",
    "CURRENCY_NOT_SUPPORTED": "Currency code is not currently supported.",
    "CANNOT_BE_ZERO_OR_NEGATIVE": "Must be greater than zero. If the currency supports decimals, only two decimal place"
    " precision is supported.",
}  # fmt: skip


class PaypalRefusedError(Exception):
    """An error answer: a name, and issues that each have a code."""

    def __init__(self, status: int, name: str, details: list[Record] | None = None, *, message: str = "") -> None:
        super().__init__(message or _SENTENCES.get(name, name))
        self.status = status
        self.name = name
        self.details = details or []

    @property
    def issue(self) -> str:
        return str(self.details[0]["issue"]) if self.details else self.name

    def response(self) -> Response:
        body: Record = {"name": self.name, "message": str(self), "debug_id": secrets.token_hex(7)[:13]}
        if self.details:
            body["details"] = self.details
        address = f"https://developer.paypal.com/docs/api/orders/v2/#error-{self.issue}"
        body["links"] = [{"href": address, "rel": "information_link", "method": "GET"}]
        return json_response(body, status=self.status)

    @classmethod
    def invalid(cls, issue: str, *, field: str, value: object = None, location: str = "body") -> PaypalRefusedError:
        detail = _detail(issue) | {"field": field, "location": location}
        return cls(400, "INVALID_REQUEST", [detail if value is None else detail | {"value": str(value)}])

    @classmethod
    def unprocessable(cls, issue: str, *, field: str = "") -> PaypalRefusedError:
        return cls(422, "UNPROCESSABLE_ENTITY", [_detail(issue) | ({"field": field} if field else {})])

    @classmethod
    def unknown(cls) -> PaypalRefusedError:
        return cls(404, "RESOURCE_NOT_FOUND", [_detail("INVALID_RESOURCE_ID")])

    @classmethod
    def forbidden(cls) -> PaypalRefusedError:
        return cls(403, "NOT_AUTHORIZED", [_detail("PERMISSION_DENIED")])


def _detail(issue: str) -> Record:
    return {"issue": issue, "description": _DESCRIPTIONS.get(issue, "The request was refused.")}


class TokenRefusedError(Exception):
    """What OAuth refuses, and what a call refuses whose token is no good: in OAuth's own form."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status

    def response(self) -> Response:
        return json_response({"error": self.error, "error_description": str(self)}, status=self.status)


class PaypalFaultAnswers:
    """How PayPal answers when a fault is asked for."""

    def rate_limited(self) -> Response:
        return PaypalRefusedError(429, "RATE_LIMIT_REACHED").response()

    def failed(self, status: int, code: str | None) -> Response:
        if code is not None:
            return _of_issue(code, status)
        name = {500: "INTERNAL_SERVER_ERROR", 503: "SERVICE_UNAVAILABLE"}.get(status)
        return PaypalRefusedError(status, name or HTTPStatus(status).name).response()

    def refuses(self, _: str) -> bool:
        """PayPal has no codes of its own that show later."""
        return True

    def vendor_code(self, code: str) -> Response:
        """A HTTP status, or the issue of something that could not be processed."""
        if code == "429":
            return self.rate_limited()
        return self.failed(int(code), None) if code.isdigit() and 400 <= int(code) <= 599 else _of_issue(code, 422)


def _of_issue(code: str, status: int) -> Response:
    if code in _SENTENCES:
        return PaypalRefusedError(status, code).response()
    return PaypalRefusedError(status, "UNPROCESSABLE_ENTITY", [_detail(code)]).response()
