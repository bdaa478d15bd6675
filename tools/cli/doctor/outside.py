"""Looks at an installation from outside, with nothing but HTTP: what strangers get, and what they don't."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from cli.doctor.asking import Answer, SilentError, ask
from cli.doctor.check import Examined, Finding, note, well, wrong
from cli.doctor.endpoints import answers, health_judged

_CLOSED: Final = ("/internal", "/internal/digest/stock", "/livez", "/readyz")
_FOR_STAFF: Final = (
    "/api/metrics",
    "/api/operations",
    "/api/orders",
    "/api/alerts",
    "/api/stream",
    "/api/invariants",
    "/api/admin/jobs",
    "/api/admin/webhooks",
    "/api/admin/checkout/audit-log",
)
_WEBHOOKS: Final = (
    "/api/webhooks/stripe",
    "/api/webhooks/stripe/connect",
    "/api/webhooks/twilio/status",
    "/api/webhooks/twilio/inbound",
    "/api/webhooks/sendgrid",
    "/api/webhooks/slack",
    "/api/webhooks/pagerduty",
)
_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": "default-src 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}
_OVER_TLS: Final[Mapping[str, str]] = {"strict-transport-security": "max-age="}
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_ROUTES: Final = "Compare the gateway's routes with deploy/gateway/routes.toml: something before it answers instead."


async def health_told(examined: Examined) -> Finding:
    """Reads `/api/health` as anybody may."""
    answer = await ask(examined.http, "GET", f"{examined.address}/api/health")
    return health_judged(answer.document)


async def public_configuration(examined: Examined) -> Finding:
    """Reads what web clients are told."""
    answer = await ask(examined.http, "GET", f"{examined.address}/api/config/public")
    return configuration_judged(answer.status, answer.document)


def configuration_judged(status: int, document: Mapping[str, Any]) -> Finding:
    """Whether there is something to sell, and whether it is sold."""
    if status >= 300 or "cities" not in document:
        return wrong(f"/api/config/public answers {status}", "fullhouse catalogue load, at the installation itself")
    text = f"{document['brand']['name']}, {document['mode']} mode, {len(document['cities'])} cities"
    if document["maintenance"]["enabled"]:
        return note(f"{text}; purchases pause", "fullhouse maintenance status, at the installation itself")
    if not document["cities"]:
        return note(text, "fullhouse catalogue load, when a city should be on sale")
    return well(text)


async def encrypted_only(examined: Examined) -> Finding:
    """Looks whether the same pages can be read without encryption."""
    parts = urlsplit(examined.address)
    if parts.scheme != "https":
        return well("the address is http itself")
    try:
        answer = await ask(examined.http, "GET", f"http://{parts.hostname}/")
    except SilentError:
        return well("nothing answers on http")
    return redirection_judged(answer)


def redirection_judged(answer: Answer) -> Finding:
    """Whether http leads to https at once."""
    if answer.headers.get("location", "").startswith("https://"):
        return well(f"http leads to https (HTTP {answer.status})")
    return wrong(f"http answers {answer.status} itself", "Let whatever ends TLS redirect all of http to https.")


async def headers_set(examined: Examined) -> Finding:
    """Looks at the security headers of a page."""
    answer = await ask(examined.http, "GET", f"{examined.address}/")
    return headers_judged(answer.headers, secure=examined.address.startswith("https://"))


def headers_judged(headers: Mapping[str, str], *, secure: bool) -> Finding:
    """Whether browsers are told what they must not do."""
    wanted = {**_HEADERS, **(_OVER_TLS if secure else {})}
    missing = [name for name, text in wanted.items() if text not in headers.get(name, "")]
    if missing:
        return wrong(
            f"missing or changed: {', '.join(missing)}", "Look what lies before the gateway: our services set them all."
        )
    told = [f"{name}: {headers[name]}" for name in ("server", "x-powered-by") if name in headers]
    if told:
        return note(f"all are set, but it tells {', '.join(told)}", "Let whatever lies before the gateway remove it.")
    return well(f"{len(wanted)} are set")


async def doors_closed(examined: Examined) -> Finding:
    """Tries what only services and staff may read, as a stranger."""
    asked = await answers(examined, (*_CLOSED, *_FOR_STAFF))
    return doors_judged({path: answer.status for path, answer in asked.items() if answer is not None})


def doors_judged(codes: Mapping[str, int]) -> Finding:
    """Whether a stranger reads nothing; `codes` are HTTP's, by path."""
    if not codes:
        return wrong("nothing answers", "fullhouse doctor, at the installation itself")
    closed = {path: frozenset({_NOT_FOUND}) for path in _CLOSED}
    staff = {path: frozenset({_UNAUTHORIZED, _FORBIDDEN}) for path in _FOR_STAFF}
    expected = {**closed, **staff}
    open_ = [f"{path} {code}" for path, code in codes.items() if code < 300 and code not in expected[path]]
    odd = [f"{path} {code}" for path, code in codes.items() if code >= 300 and code not in expected[path]]
    if open_:
        return wrong(f"open to strangers: {', '.join(open_)}", f"Close them now. {_ROUTES}")
    if odd:
        return note(f"closed in another way than ours: {', '.join(odd)}", _ROUTES)
    return well(f"{len(codes)} are closed to strangers")


async def webhooks_refuse(examined: Examined) -> Finding:
    """Sends each address something without a signature: what takes it would take a forgery."""

    async def one(path: str) -> int | None:
        try:
            return (await ask(examined.http, "POST", examined.address + path, json={})).status
        except SilentError:
            return None

    codes = await asyncio.gather(*map(one, _WEBHOOKS))
    return webhooks_judged(dict(zip(_WEBHOOKS, codes, strict=True)))


def webhooks_judged(codes: Mapping[str, int | None]) -> Finding:
    """Whether vendors would reach each address, and a forger would be refused."""
    lines = [f"{path} {code or 'no answer'}" for path, code in codes.items()]
    taken = _those(codes, lambda code: code < 400)
    away = [path for path, code in codes.items() if code is None or code == _NOT_FOUND or code >= 500]
    if taken:
        return wrong(
            f"taken without a signature: {', '.join(taken)}", "fullhouse maintenance start; then ask developers"
        )
    if away:
        return wrong(f"vendors don't reach {', '.join(away)}", _ROUTES, lines=lines)
    return well(f"{len(codes)} are there, and refuse what is not signed", lines=lines)


def _those(codes: Mapping[str, int | None], chosen: Callable[[int], bool]) -> Sequence[str]:
    return [path for path, code in codes.items() if code is not None and chosen(code)]
