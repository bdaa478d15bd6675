"""Error classes: conditions for HTTP clients, and the kinds of failure that the event bus distinguishes.

A `Condition` is a class with a stable code, a status and a sentence, and becomes an RFC 9457 response (C-13).
`Unavailable`, `Retry` and `Dead` tell the event bus which kind of failure a handler met (docs/architecture.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final, Self

from languages import gettext_noop, translate

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ConditionInfo:
    """A condition as the OpenAPI document lists it (C-13).

    code: its stable code
    status: the HTTP status
    title: its name for people
    meaning: when it happens
    remedy: what the caller can do
    """

    code: str
    status: int
    title: str
    meaning: str
    remedy: str


_registry: dict[str, ConditionInfo] = {}


class Condition(Exception):  # noqa: N818 a condition is an answer, not only an error
    """An error that the caller must be told. Subclass it once per code, and raise it anywhere below a route.

    A subclass sets `status`, `code`, `title`, `meaning` (when it happens) and `remedy` (what the caller can do).
    `detail` is a sentence for this case; `fields` are messages by the field's name on the wire (dotted); `headers` are
    added to the response; `extra` are further members of the problem document. The caller sees `detail` and `extra`
    unchanged: nothing internal belongs in them. `suspicious` is for refusals that may be attacks: those of deeds are
    told as `security.action_refused`.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    meaning: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    suspicious: ClassVar[bool] = False

    def __init__(
        self,
        detail: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.detail = detail or self.meaning or self.title
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})
        super().__init__(f"{self.code}: {self.detail}")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            _register(cls)

    def problem(self, *, instance: str | None = None, trace_id: str | None = None) -> dict[str, object]:
        """The RFC 9457 document of this condition; its sentences are in the language of the request."""
        document: dict[str, object] = {
            "type": f"urn:fullhouse:problem:{self.code}",
            "title": translate(self.title),
            "status": self.status,
            "detail": translate(self.detail),
            "code": self.code,
        }
        optional = {"instance": instance, "traceId": trace_id, "fields": self._spoken_fields() or None}
        document.update({name: value for name, value in optional.items() if value is not None})
        document.update({name: value for name, value in self.extra.items() if name not in document})
        return document

    def _spoken_fields(self) -> dict[str, str]:
        return {name: translate(message) for name, message in self.fields.items()}


def _register(condition: type[Condition]) -> None:
    info = ConditionInfo(condition.code, condition.status, condition.title, condition.meaning, condition.remedy)
    known = _registry.setdefault(info.code, info)
    if known.status != info.status:
        raise TypeError(f"code {info.code} already stands for status {known.status}, not {info.status}")


def registered_conditions() -> tuple[ConditionInfo, ...]:
    """Every condition of the imported code, sorted by code."""
    return tuple(_registry[code] for code in sorted(_registry))


class Unavailable(Exception):  # noqa: N818 names a kind of failure
    """An outage (connection, deadlock, timeout, full disk, shutdown): roll back, wait, retry, count nothing (E-5)."""


class Retry(Exception):  # noqa: N818 names a kind of failure
    """The event can't be processed yet: it is deferred and tried again with backoff."""


class Dead(Exception):  # noqa: N818 names a kind of failure
    """The event can never be processed: it becomes a dead letter at once."""


class Misconfigured(Exception):  # noqa: N818 names a kind of failure
    """Settings or files are wrong. Its message says in sentences what to do; the process ends with exit code 2."""


class InvalidRequest(Condition):
    status = 422
    code = "invalid_request"
    title = gettext_noop("The input is wrong")
    meaning = gettext_noop("One or more fields are missing or wrong.")
    remedy = "Correct what `fields` names and send it again."


class MalformedJson(Condition):
    status = 400
    code = "malformed_json"
    title = "The body is not JSON"
    meaning = "The body could not be read as JSON."
    remedy = "Send a JSON document in UTF-8."


class UnsupportedMediaType(Condition):
    status = 415
    code = "unsupported_media_type"
    title = "The content type is not accepted here"
    meaning = "The Content-Type of the body is not one that this address reads."
    remedy = "Send the body with the content type that `detail` names."


class BodyTooLarge(Condition):
    status = 413
    code = "body_too_large"
    title = gettext_noop("The body is too large")
    meaning = gettext_noop("The body is larger than 64 kB (webhooks: 512 kB, SendGrid's 1 MB).")
    remedy = "Send less in one request."


class NotFound(Condition):
    status = 404
    code = "not_found"
    title = "There is nothing here"
    meaning = "No such address."
    remedy = "Check the address."


class MethodNotAllowed(Condition):
    status = 405
    code = "method_not_allowed"
    title = gettext_noop("The method is not allowed here")
    meaning = gettext_noop("This address exists, but not for this method.")
    remedy = "Use a method that the Allow header names."


class RateLimited(Condition):
    """Somebody asks more often than one may (X-5)."""

    status = 429
    code = "rate_limited"
    title = gettext_noop("Too many requests")
    meaning = gettext_noop("Too many requests came from this address or for this email.")
    remedy = "Wait as long as Retry-After says."

    @classmethod
    def until(cls, wait: timedelta) -> Self:
        """The refusal that says how long to wait, in whole seconds."""
        return cls(headers={"Retry-After": str(max(1, math.ceil(wait.total_seconds())))})


class InternalError(Condition):
    status = 500
    code = "internal_error"
    title = gettext_noop("Something failed on our side")
    meaning = gettext_noop("The request failed on our side; nothing about it is your fault.")
    remedy = "Try again; if it stays, tell us the traceId."


class ServiceUnavailable(Condition):
    status = 503
    code = "service_unavailable"
    title = gettext_noop("We can’t show this right now")
    meaning = gettext_noop("A part that this needs does not answer. Your tickets are safe. Try again in a minute.")
    remedy = "Wait as long as Retry-After says and try again."
