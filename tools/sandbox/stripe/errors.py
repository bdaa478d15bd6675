"""Stripe's error answers."""

from __future__ import annotations

from sandbox.core.http import Record, Response, json_response

_DOC = "https://stripe.com/docs/error-codes/"


class StripeRefusedError(Exception):
    """An error answer. `executed`: the endpoint had begun, so an idempotency key keeps the answer (Stripe: a request
    whose parameters fail validation, or that conflicts with a running one, is not kept).
    """

    def __init__(
        self, status: int, error: Record, *, executed: bool = False, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.error = error
        self.executed = executed
        self.headers = headers or {}

    @property
    def code(self) -> str:
        return str(self.error.get("code", ""))

    def response(self) -> Response:
        answer = json_response({"error": self.error}, status=self.status)
        answer.headers.update(self.headers)
        return answer

    @classmethod
    def invalid(
        cls,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        status: int = 400,
        executed: bool = False,
    ) -> StripeRefusedError:
        error: Record = {"message": message, "type": "invalid_request_error"}
        if code is not None:
            error |= {"code": code, "doc_url": _DOC + code.replace("_", "-")}
        if param is not None:
            error["param"] = param
        return cls(status, error, executed=executed)

    @classmethod
    def unknown_parameters(cls, names: list[str]) -> StripeRefusedError:
        which = "parameter" if len(names) == 1 else "parameters"
        return cls.invalid(f"Received unknown {which}: {', '.join(names)}", param=names[0], code="parameter_unknown")

    @classmethod
    def missing(cls, name: str) -> StripeRefusedError:
        return cls.invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")

    @classmethod
    def no_such(cls, kind: str, object_id: str, *, param: str = "id", status: int = 404) -> StripeRefusedError:
        return cls.invalid(f"No such {kind}: '{object_id}'", param=param, code="resource_missing", status=status)

    @classmethod
    def no_key(cls) -> StripeRefusedError:
        return cls.invalid(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer"
            " auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )

    @classmethod
    def wrong_key(cls, key: str) -> StripeRefusedError:
        shown = f"{key[:8]}{'*' * max(0, min(len(key), 32) - 12)}{key[-4:]}" if len(key) > 16 else "*" * len(key)
        return cls.invalid(f"Invalid API Key provided: {shown}", status=401)

    @classmethod
    def no_access(cls, account_id: str) -> StripeRefusedError:
        return cls.invalid(
            f"The provided key does not have access to account '{account_id}' (or that account does not exist)."
            " Application access may have been revoked.",
            code="account_invalid",
            status=403,
        )

    @classmethod
    def unknown_url(cls, method: str, path: str) -> StripeRefusedError:
        return cls.invalid(
            f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at"
            " https://support.stripe.com/.",
            status=404,
        )

    @classmethod
    def idempotency(cls, message: str, *, status: int = 400, code: str | None = None) -> StripeRefusedError:
        error: Record = {"message": message, "type": "idempotency_error"}
        return cls(status, error if code is None else {**error, "code": code})

    @classmethod
    def card_declined(cls, message: str, decline_code: str, charge: str) -> StripeRefusedError:
        error: Record = {
            "charge": charge, "code": "card_declined", "decline_code": decline_code,
            "doc_url": _DOC + "card-declined", "message": message, "type": "card_error",
        }  # fmt: skip
        return cls(402, error, executed=True)


class StripeFaultAnswers:
    """How Stripe answers when a fault is asked for."""

    def rate_limited(self) -> Response:
        refusal = StripeRefusedError.invalid(
            "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
            code="rate_limit",
            status=429,
        )
        refusal.headers = {"stripe-rate-limited-reason": "endpoint-rate", "stripe-should-retry": "true"}
        return refusal.response()

    def failed(self, status: int, code: str | None) -> Response:
        message = "An unknown error occurred" if status >= 500 else "The request was refused by the sandbox."
        error: Record = {"message": message, "type": "api_error" if status >= 500 else "invalid_request_error"}
        return json_response({"error": error if code is None else {**error, "code": code}}, status=status)

    def refuses(self, code: str) -> bool:
        """All of Stripe's codes answer the call itself."""
        return bool(code)

    def vendor_code(self, code: str) -> Response:
        known = {
            "api_key_expired": 401,
            "rate_limit": 429,
            "resource_missing": 404,
            "card_declined": 402,
            "lock_timeout": 429,
        }
        kind = "card_error" if code == "card_declined" else "invalid_request_error"
        error: Record = {
            "code": code,
            "doc_url": _DOC + code.replace("_", "-"),
            "message": f"Refused: {code}.",
            "type": kind,
        }
        return json_response({"error": error}, status=known.get(code, 400))
