"""PagerDuty's error answers."""

from __future__ import annotations

from sandbox.core.http import Record, Response, json_response


class EventRefusedError(Exception):
    """An event that PagerDuty doesn't take, and why."""

    def __init__(self, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors

    def response(self) -> Response:
        answer: Record = {"status": "invalid event", "message": "Event object is invalid", "errors": list(self.errors)}
        return json_response(answer, status=400)


class PagerdutyFaultAnswers:
    """How PagerDuty answers when a fault is asked for."""

    def rate_limited(self) -> Response:
        words = "Requests for this service are arriving too quickly.  Please retry later."
        answer = json_response({"status": "throttle exceeded", "message": words}, status=429)
        answer.headers["retry-after"] = "1"
        return answer

    def failed(self, status: int, code: str | None) -> Response:
        words = code or "There was an internal error"
        return json_response({"status": "error", "message": words}, status=status)

    def refuses(self, _: str) -> bool:
        """PagerDuty has no codes of its own that show later."""
        return True

    def vendor_code(self, code: str) -> Response:
        """A HTTP status, or the words of an error about the event."""
        if code == "429":
            return self.rate_limited()
        known = code.isdigit() and 400 < int(code) <= 599
        return self.failed(int(code), None) if known else EventRefusedError(code).response()
