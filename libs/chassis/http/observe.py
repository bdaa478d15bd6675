"""Surrounds every request with trace, metrics, log line, headers, HEAD and the last handler for errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final
from urllib.parse import parse_qsl, urlencode

from opentelemetry.trace import SpanKind
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.addresses import client_address, shorten_address
from chassis.errors import InternalError
from chassis.http.headers import Header
from chassis.http.problems import Responder
from chassis.metrics import Metric, metrics
from chassis.shares import RecentShare
from chassis.telemetry import continue_trace, get_logger, span, trace_id
from chassis.telemetry.masking import mask_fields, mask_text

log = get_logger()

SLOW_SECONDS: Final = 2.0
_QUIET: Final = frozenset({"/livez", "/readyz", "/api/metrics"})
_LONGEST_LOGGED: Final = 200
_LONGEST_MASKED: Final = 2_000
_SERVER_ERROR: Final = 500


class _HeadAnsweredError(OSError):
    """Ends the stream of a HEAD request; an OSError is what a lost client looks like to Starlette."""


@dataclass(slots=True)
class _Exchange:
    """A request and what became of it."""

    scope: Scope
    headers: Sequence[Header]
    began: float
    head_only: bool
    status: int = 0
    streaming: bool = False
    duration: float = 0.0
    ended: bool = False

    @property
    def route(self) -> str:
        """The route's template: labels of metrics must not grow with what people type."""
        return getattr(self.scope.get("route"), "path", None) or "unmatched"


class ObserveMiddleware:
    """The outermost middleware. It knows the route only afterwards, when the router has written it into the scope."""

    def __init__(self, app: ASGIApp, *, headers: Sequence[Header], respond: Responder) -> None:
        self._app = app
        self._respond = respond
        self._headers = headers
        self._failures = RecentShare()
        metrics.measure(Metric.ERROR_RATE_5XX, self._failures.value)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        # Every GET has a HEAD: the route runs as for a GET, and its body is dropped here.
        inner: Scope = {**scope, "method": "GET"} if method == "HEAD" else scope
        exchange = _Exchange(inner, self._headers, perf_counter(), head_only=method == "HEAD")
        with continue_trace(_header(scope, b"traceparent")), span(f"{method} request", kind=SpanKind.SERVER) as current:
            await self._serve(exchange, receive, send)
            current.update_name(f"{method} {exchange.route}")
            current.set_attribute("http.response.status_code", exchange.status)
            self._record(exchange, method)

    async def _serve(self, exchange: _Exchange, receive: Receive, send: Send) -> None:
        sender = _sender(exchange, send)
        try:
            await self._app(exchange.scope, receive, sender)
        except Exception:
            if exchange.ended:
                return  # a HEAD request's stream was ended
            log.exception("request_failed", method=exchange.scope["method"], route=exchange.route)
            if exchange.status:
                raise  # half a response is sent: the server must cut the connection
            response = await self._respond(Request(exchange.scope), InternalError())
            await response(exchange.scope, receive, sender)
        finally:
            exchange.duration = exchange.duration or perf_counter() - exchange.began

    def _record(self, exchange: _Exchange, method: str) -> None:
        labels = {"method": method, "route": exchange.route, "status": str(exchange.status)}
        metrics.count(Metric.HTTP_REQUESTS, **labels)
        metrics.observe(Metric.HTTP_DURATION, exchange.duration, **labels)
        # Probes and scrapes are no use of the API: a part that says that it isn't ready has failed nobody.
        probe, failed = exchange.scope["path"] in _QUIET, exchange.status >= _SERVER_ERROR
        if not probe:
            self._failures.add(failed=failed)
        quiet = probe and not failed
        slow = exchange.duration > SLOW_SECONDS
        if quiet and not slow:
            return
        fields = self._fields(exchange, method)
        log.info("request_metrics", **fields)
        if slow:
            log.warning("slow_request", **fields)

    def _fields(self, exchange: _Exchange, method: str) -> dict[str, object]:
        """The fields of A-12; `duration` is in milliseconds."""
        scope = exchange.scope
        return {
            "path": _shown_path(exchange)[:_LONGEST_LOGGED],
            "route": exchange.route,
            "method": method,
            "statusCode": exchange.status,
            "duration": round(exchange.duration * 1000, 1),
            "query": _masked_query(scope["query_string"]),
            "userAgent": mask_text((_header(scope, b"user-agent") or "")[:_LONGEST_LOGGED]),
            "ip": shorten_address(client_address(scope)),
        }


def _shown_path(exchange: _Exchange) -> str:
    """The requested path, or the route's template where the path holds a token; none that another route holds."""
    holds_token = "token" in exchange.scope.get("path_params", {})
    return exchange.route if holds_token else mask_text(str(exchange.scope["path"])[:_LONGEST_MASKED])


def _sender(exchange: _Exchange, send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            _begin(exchange, message)
        elif exchange.head_only:
            await _send_head_end(exchange, message, send)
            return
        await send(message)

    return sender


def _begin(exchange: _Exchange, message: Message) -> None:
    exchange.status = message["status"]
    given = {name.lower(): value for name, value in message["headers"]}
    exchange.streaming = given.get(b"content-type", b"").startswith(b"text/event-stream")
    if exchange.streaming:
        exchange.duration = perf_counter() - exchange.began
    added = [header for header in exchange.headers if header[0] not in given]
    if exchange.scope["path"].startswith("/api/") and b"cache-control" not in given:
        added.append((b"cache-control", b"no-store"))
    if trace := trace_id():
        added.append((b"x-request-id", trace.encode()))
    message["headers"] = [*message["headers"], *added]


async def _send_head_end(exchange: _Exchange, message: Message, send: Send) -> None:
    if not exchange.ended:
        exchange.ended = True
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    if message.get("more_body"):
        raise _HeadAnsweredError


def _header(scope: Scope, wanted: bytes) -> str | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value.decode("latin-1"))
    return None


def _masked_query(query: bytes) -> str:
    if not query:
        return ""
    # Cut first: masking costs as much as there is to look at. A value that the cut has split stays masked by its key.
    pairs = parse_qsl(query[:_LONGEST_MASKED].decode("latin-1"), keep_blank_values=True, max_num_fields=None)
    return urlencode([(name, str(mask_fields({name: value})[name])) for name, value in pairs[:20]])[:_LONGEST_LOGGED]
