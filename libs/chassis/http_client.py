"""Calls to vendors and other services: one pooled client each, with timeouts, traces and metrics.

Every failure says whether the request may have arrived.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import perf_counter
from types import SimpleNamespace
from typing import Any, Final, Self

import aiohttp
from opentelemetry.trace import SpanKind

from chassis.counted import count_error
from chassis.metrics import Metric, metrics
from chassis.telemetry import current_traceparent, get_logger, span

log = get_logger()

TIMEOUT: Final = timedelta(seconds=10)
CONNECT_TIMEOUT: Final = timedelta(seconds=3)
LARGEST_RESPONSE: Final = 4 * 1024 * 1024
# How long a connection is kept on which nothing is asked: to a service of ours less long than one that
# ends waits for us (LINGER_SECONDS).
OWN_IDLE_SECONDS: Final = 1.0
_VENDORS_IDLE_SECONDS: Final = 15.0
_TOO_MANY, _SERVER_ERROR = 429, 500


class VendorFailure(Exception):  # noqa: N818 the base of two conditions, named as the code reads
    """No response came. `ambiguous`: the request may have arrived and had its effect; ask before sending it again."""

    def __init__(self, vendor: str, operation: str, *, ambiguous: bool, reason: str) -> None:
        self.vendor = vendor
        self.operation = operation
        self.ambiguous = ambiguous
        self.reason = reason
        super().__init__(f"{vendor} {operation}: {reason}{' (it may have arrived)' if ambiguous else ''}")


class VendorUnavailable(VendorFailure):
    """The connection could not be made, or broke."""


class VendorTimeout(VendorFailure):
    """The timeout ended before the response came."""


@dataclass(frozen=True, slots=True)
class VendorResponse:
    """An HTTP response of a vendor, also a refusal: the caller judges the status.

    status: the HTTP status
    headers: by name in lower case
    body: its bytes
    seconds: how long the call took
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def can_pass(self) -> bool:
        """Whether the same request may succeed later: 429 and 5xx (N-4)."""
        return self.status == _TOO_MANY or self.status >= _SERVER_ERROR

    def json(self) -> Any:
        """The body as JSON; raises ValueError when it isn't."""
        return json.loads(self.body)

    def retry_after(self, now: datetime | None = None) -> timedelta | None:
        """The pause that Retry-After asks for, in seconds or as a date; None when it is missing or can't be read."""
        value = self.headers.get("retry-after", "").strip()
        if value.isdigit():
            return timedelta(seconds=int(value))
        try:
            due = parsedate_to_datetime(value)
        except ValueError:
            return None
        aware = due if due.tzinfo else due.replace(tzinfo=UTC)
        return max(timedelta(0), aware - (now or datetime.now(UTC)))


class VendorClient:
    """A connection pool to one vendor (or, with `internal`, to one of our own services).

    It follows no redirect, limits the size of responses, and sends our trace context to our own services only.
    """

    def __init__(
        self,
        vendor: str,
        base_url: str,
        *,
        timeout: timedelta = TIMEOUT,
        connections: int = 100,
        headers: Mapping[str, str] | None = None,
        internal: bool = False,
    ) -> None:
        self.vendor = vendor
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._connections = connections
        self._headers = dict(headers or {})
        self._internal = internal
        self._idle_seconds = OWN_IDLE_SECONDS if internal else _VENDORS_IDLE_SECONDS
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: timedelta | None = None,  # noqa: ASYNC109 the limit of the call, enforced by the pool
    ) -> VendorResponse:
        """Makes one call. `operation` names it in traces and metrics (`sessions.create`).

        Raises VendorUnavailable or VendorTimeout; their `ambiguous` says whether the request may have arrived.
        """
        if self._base_url and not path.startswith("/"):
            raise ValueError("a path begins with a slash, or it would change the host")
        attributes = {"vendor": self.vendor, "operation": operation}
        with span(f"{self.vendor} {operation}", kind=SpanKind.CLIENT, **attributes) as current:
            began, outcome = perf_counter(), "cancelled"
            try:
                response = await self._send(method, path, operation, self._all_headers(headers), body, timeout)
                outcome = str(response.status)
                current.set_attribute("http.response.status_code", response.status)
            except VendorFailure as failure:
                outcome = "timeout" if isinstance(failure, VendorTimeout) else "unavailable"
                if isinstance(failure, VendorTimeout):
                    count_error("api_timeout", **attributes)
                log.warning("vendor_call_failed", ambiguous=failure.ambiguous, reason=failure.reason, **attributes)
                raise
            else:
                return response
            finally:
                metrics.count(Metric.VENDOR_REQUESTS, outcome=outcome, **attributes)
                metrics.observe(Metric.VENDOR_DURATION, perf_counter() - began, **attributes)

    async def close(self) -> None:
        """Closes the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def _send(
        self,
        method: str,
        path: str,
        operation: str,
        headers: Mapping[str, str],
        body: bytes | None,
        limit: timedelta | None,
    ) -> VendorResponse:
        progress = SimpleNamespace(sent=False)
        total = (limit or self._timeout).total_seconds()
        began = perf_counter()
        try:
            async with self._open().request(
                method,
                f"{self._base_url}{path}",
                headers=headers,
                data=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=total, sock_connect=CONNECT_TIMEOUT.total_seconds()),
                trace_request_ctx=progress,
            ) as response:
                content = await _bounded(response)
                lowered = {name.lower(): value for name, value in response.headers.items()}
                return VendorResponse(response.status, lowered, content, perf_counter() - began)
        except TimeoutError as error:
            reason = f"no answer within {total:g} s" if progress.sent else "no connection in time"
            raise VendorTimeout(self.vendor, operation, ambiguous=progress.sent, reason=reason) from error
        except (aiohttp.ClientError, OSError) as error:
            reason = type(error).__name__
            raise VendorUnavailable(self.vendor, operation, ambiguous=progress.sent, reason=reason) from error

    def _all_headers(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        merged = {**self._headers, **(headers or {})}
        if self._internal and (traceparent := current_traceparent()):
            merged["traceparent"] = traceparent
        return merged

    def _open(self) -> aiohttp.ClientSession:
        """Makes the session at the first call: it belongs to the loop that runs then."""
        if self._session is None:
            tracing = aiohttp.TraceConfig()
            tracing.on_request_headers_sent.append(_mark_sent)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, ttl_dns_cache=60, keepalive_timeout=self._idle_seconds
                ),
                trace_configs=[tracing],
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
            )
        return self._session


async def _mark_sent(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.sent = True


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > LARGEST_RESPONSE:
            raise aiohttp.ClientPayloadError("the answer is larger than 4 MB")
    return bytes(content)
