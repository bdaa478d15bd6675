"""Turns every refusal into an RFC 9457 problem document with a stable code (C-13)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException

from chassis.errors import (
    PROBLEM_MEDIA_TYPE,
    BodyTooLarge,
    Condition,
    InternalError,
    InvalidRequest,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
    Unavailable,
    UnsupportedMediaType,
)
from chassis.http.deeds import keep_refusal
from chassis.http.guards import guards_of
from chassis.telemetry import get_logger, trace_id
from languages import gettext_noop

log = get_logger()

Responder = Callable[[Request, Condition], Awaitable[Response]]
ErrorPage = Responder

_STATUS: Final[Mapping[int, type[Condition]]] = {404: NotFound, 405: MethodNotAllowed, 413: BodyTooLarge}
_DECIMAL: Final = "Write a decimal number, such as 49.90."
_TIME: Final = "Write a time with its zone, such as 2026-01-31T09:00:00Z."
# Pydantic's error type → our message; {names} are filled from the error's context.
_SENTENCES: Final[Mapping[str, str]] = {
    "missing": gettext_noop("This is needed."),
    "string_type": "Write this as text.",
    "int_type": "Write a whole number.",
    "int_parsing": "Write a whole number.",
    "int_from_float": "Write a whole number.",
    "bool_type": "Write true or false.",
    "bool_parsing": "Write true or false.",
    "uuid_parsing": "That is not one of our ids.",
    "extra_forbidden": "There is no such field.",
    "model_attributes_type": "Write an object.",
    "dict_type": "Write an object.",
    "list_type": "Write a list.",
    "string_too_short": "Write {min_length} characters at least.",
    "string_too_long": "Write {max_length} characters at most.",
    "string_pattern_mismatch": "This is not in the form that is needed here.",
    "int_parsing_size": "Write a smaller number.",
    "decimal_type": _DECIMAL,
    "decimal_parsing": _DECIMAL,
    "decimal_max_digits": "Write {max_digits} digits at most.",
    "finite_number": "Write a number.",
    "greater_than_equal": "Write {ge} or more.",
    "less_than_equal": "Write {le} or less.",
    "enum": "Write one of {expected}.",
    "literal_error": "Write one of {expected}.",
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": _TIME,
}


def problem_response(condition: Condition, *, instance: str | None = None) -> Response:
    """The response for a condition; streams and handlers that respond by themselves use it, too."""
    document = condition.problem(instance=instance, trace_id=trace_id())
    content = json.dumps(document, ensure_ascii=False, default=str, separators=(",", ":"))
    headers = {"Cache-Control": "no-store", **condition.headers}
    return Response(content, status_code=condition.status, headers=headers, media_type=PROBLEM_MEDIA_TYPE)


def responder(error_page: ErrorPage | None) -> Responder:
    """The function that responds to conditions; pages (outside /api and /internal) may have an `error_page`."""

    async def respond(request: Request, condition: Condition) -> Response:
        if error_page is not None and _wants_page(request):
            return await error_page(request, condition)
        return problem_response(condition, instance=request.url.path)

    return respond


def install_problem_handlers(app: FastAPI, respond: Responder) -> None:
    """Responds to conditions, bad input and outages; the outermost middleware responds to all other errors.

    What is refused of a deed is kept in the audit, whatever it is refused for.
    """

    async def refuse(request: Request, condition: Condition) -> Response:
        await keep_refusal(request, condition)
        return await respond(request, condition)

    async def on_condition(request: Request, error: Exception) -> Response:
        assert isinstance(error, Condition)  # noqa: S101 registered for this class
        return await refuse(request, error)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 registered for this class
        return await refuse(request, await _after_guards(request, _from_http(request, error)))

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 registered for this class
        return await refuse(request, await _after_guards(request, _from_validation(request, error.errors())))

    async def on_outage(request: Request, error: Exception) -> Response:
        log.warning("request_unavailable", method=request.method, path=request.url.path, exc_info=error)
        return await respond(request, ServiceUnavailable(headers={"Retry-After": "2"}))

    app.add_exception_handler(Condition, on_condition)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Unavailable, on_outage)


def _wants_page(request: Request) -> bool:
    if request.url.path.startswith(("/api/", "/internal/")):
        return False
    return "text/html" in request.headers.get("accept", "")


async def _after_guards(request: Request, condition: Condition) -> Condition:
    """A guard's condition, else the given one: FastAPI reads the body first, but guards must come first (C-12)."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    try:
        for guard in guards_of(dependant):
            await guard(request)
    except Condition as refusal:
        return refusal
    return condition


def _methods(request: Request) -> Sequence[str]:
    """What the address answers, by all of its routes: Starlette tells those of the first one only."""
    found = {
        method
        for context in iter_route_contexts(request.app.routes)
        if isinstance(context.original_route, APIRoute) and context.path_regex.match(request.url.path)
        for method in context.methods or ()
    }
    return sorted({*found, "HEAD"} if "GET" in found else found)  # every GET has a HEAD


def _from_http(request: Request, error: HTTPException) -> Condition:
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(_methods(request))
    if known := _STATUS.get(error.status_code):
        return known(headers=headers)
    if error.status_code >= InternalError.status:
        return InternalError(headers=headers)
    # FastAPI's own words for a body that it could not read (undecodable text, a broken form).
    return MalformedJson(str(error.detail), headers=headers)


def _from_validation(request: Request, errors: Sequence[Mapping[str, Any]]) -> Condition:
    if any(error["type"] == "json_invalid" for error in errors):
        return MalformedJson()
    if _body_of_another_type(request, errors):
        return UnsupportedMediaType("Send the body as application/json.")
    return InvalidRequest(fields={_field(error["loc"]): _sentence(error) for error in reversed(errors)})


def _body_of_another_type(request: Request, errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the body has another content type: FastAPI hands the model its bytes, which then fail as a whole."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    return not is_json and any(tuple(error["loc"]) == ("body",) and error["type"] != "missing" for error in errors)


def _field(location: Sequence[str | int]) -> str:
    """`customerData.email` for ("body", "customerData", "email")."""
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _sentence(error: Mapping[str, Any]) -> str:
    if sentence := _SENTENCES.get(error["type"]):
        return sentence.format_map(error.get("ctx", {}))
    return str(error["msg"]).removeprefix("Value error, ").rstrip(".") + "."


def require_content_type(request: Request, *accepted: str) -> None:
    """Raises UnsupportedMediaType for a body of any other type; for routes that read the raw body."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in accepted:
        raise UnsupportedMediaType(f"Send the body as {' or '.join(accepted)}.")
