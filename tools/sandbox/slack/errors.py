"""Slack's error answers: JSON with status 200 for methods, plain words with a status for incoming webhooks."""

from __future__ import annotations

from sandbox.core.http import Record, Response, json_response

_WEBHOOK_STATUS = {
    "action_prohibited": 403, "channel_is_archived": 410, "channel_not_found": 404, "invalid_token": 403,
    "no_active_hooks": 404, "no_service": 404, "no_service_id": 404, "no_team": 404, "rollup_error": 500,
    "team_disabled": 403,
}  # fmt: skip


class SlackRefusedError(Exception):
    """A refusal by its code; `details` are the sentences that Slack adds about arguments and blocks."""

    def __init__(self, code: str, *details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def response(self) -> Response:
        """As a method answers."""
        answer: Record = {"ok": False, "error": self.code}
        if self.details:
            answer["errors"] = [each.removeprefix("[ERROR] ") for each in self.details]
            answer["response_metadata"] = {"messages": list(self.details)}
        return json_response(answer)

    def webhook_response(self) -> Response:
        """As an incoming webhook answers."""
        return _words(_WEBHOOK_STATUS.get(self.code, 400), self.code)


class MethodFaultAnswers:
    """How a method answers when a fault is asked for."""

    def rate_limited(self) -> Response:
        answer = json_response({"ok": False, "error": "ratelimited"}, status=429)
        answer.headers["retry-after"] = "1"
        return answer

    def failed(self, status: int, code: str | None) -> Response:
        error = code or ("service_unavailable" if status == 503 else "internal_error")
        return json_response({"ok": False, "error": error}, status=status)

    def refuses(self, _: str) -> bool:
        """Each code of Slack's answers the call."""
        return True

    def vendor_code(self, code: str) -> Response:
        return self.rate_limited() if code == "ratelimited" else SlackRefusedError(code).response()


class WebhookFaultAnswers:
    """How an incoming webhook answers when a fault is asked for."""

    def rate_limited(self) -> Response:
        answer = _words(429, "rate_limited")
        answer.headers["retry-after"] = "1"
        return answer

    def failed(self, status: int, code: str | None) -> Response:
        return _words(status, code or "rollup_error")

    def refuses(self, _: str) -> bool:
        """Each code of Slack's answers the call."""
        return True

    def vendor_code(self, code: str) -> Response:
        return self.rate_limited() if code == "ratelimited" else SlackRefusedError(code).webhook_response()


def _words(status: int, words: str) -> Response:
    return Response(status=status, body=words.encode(), content_type="text/html")
