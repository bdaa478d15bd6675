"""Twilio's error codes: those that refuse a call, and those that show later on a message."""

from __future__ import annotations

from sandbox.core.http import Record, Response, json_response

_MORE = "https://www.twilio.com/docs/errors/"

# Code: HTTP status and Twilio's words.
REFUSALS = {
    20003: (401, "Authenticate"),
    20005: (403, "Account not active"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20503: (503, "Service unavailable"),
    21211: (400, "Invalid 'To' Phone Number: {to}"),
    21212: (400, "Invalid 'From' Number: {sender}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, ("The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number or short code for"
                 " your account.")),
    21608: (400, ("The number {to} is unverified. Trial accounts cannot send messages to unverified numbers; verify"
                 " {to} at twilio.com/user/account/phone-numbers/verified, or purchase a Twilio number to send messages"
                 " to unverified numbers")),
    21609: (400, "The 'StatusCallback' URL {callback} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number {sender} has exceeded the maximum number of queued messages"),
    21612: (400, "The message From/To pair violates a blacklist rule or can't be routed: {to}"),
    21614: (400, "'To' number {to} is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}  # fmt: skip

UNDELIVERED = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
}
FAILED_BEFORE_SENDING = frozenset({30001, 30002})
"""With these the message never leaves Twilio: `failed`, not `undelivered`."""


class TwilioRefusedError(Exception):
    """An error answer."""

    def __init__(self, code: int, **facts: str) -> None:
        status, words = REFUSALS[code]
        self.code = code
        self.status = status
        super().__init__(words.format_map({"to": "", "sender": "", "callback": ""} | facts))

    def response(self) -> Response:
        return error_response(self.status, self.code, str(self))


def error_response(status: int, code: int, message: str) -> Response:
    error: Record = {"code": code, "message": message, "more_info": f"{_MORE}{code}", "status": status}
    answer = json_response(error, status=status)
    if status == 429:
        answer.headers["retry-after"] = "1"
    return answer


class TwilioFaultAnswers:
    """How Twilio answers when a fault is asked for."""

    def rate_limited(self) -> Response:
        return TwilioRefusedError(20429).response()

    def failed(self, status: int, code: str | None) -> Response:
        number = int(code) if code and code.isdigit() else 20503 if status == 503 else 20500
        words = REFUSALS.get(number, (status, "An internal server error has occurred"))[1]
        return error_response(status, number, words.format_map({"to": "", "sender": "", "callback": ""}))

    def refuses(self, code: str) -> bool:
        """Codes of Twilio that aren't 30xxx answer the call; 429 is its bare HTTP status."""
        return not code.startswith("30")

    def vendor_code(self, code: str) -> Response:
        if code == "429":
            return Response(
                status=429, body=b"Too Many Requests", content_type="text/plain", headers={"retry-after": "1"}
            )
        number = int(code) if code.isdigit() else 20500
        if number in REFUSALS:
            return TwilioRefusedError(number).response()
        return error_response(400, number, f"Error {number}")
