"""Requests and answers of the sandbox: lean, since S-5 asks for 6,000 a second on one core."""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote, unquote_plus

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Record: TypeAlias = dict[str, Any]
"""A vendor's object as it goes over the wire."""
Pairs: TypeAlias = list[tuple[str, str]]

MAX_BODY = 32 * 1024 * 1024
"""Bytes. SendGrid takes 30 MB with attachments; nothing else comes near."""


MAX_FIELDS = 5000


class BodyTooLargeError(Exception):
    """The request is larger than any vendor takes."""


class AnswerLostError(Exception):
    """The client gets no answer: the connection is cut once it gave up, or after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer, cut after {seconds} s")
        self.seconds = seconds


@dataclass(slots=True)
class Request:
    """One HTTP request, read wholly; `path_params` are filled in by the router."""

    method: str
    path: str
    query_string: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = ""
    scheme: str = "http"
    path_params: dict[str, str] = field(default_factory=dict)

    def query(self) -> Pairs:
        """The query's pairs in their order, blank ones too."""
        return parse_pairs(self.query_string)

    def query_dict(self) -> dict[str, str]:
        return dict(self.query())

    def form(self) -> Pairs:
        """The pairs of a urlencoded body in their order, blank ones too."""
        return parse_pairs(self.body)

    def form_dict(self) -> dict[str, str]:
        return dict(self.form())

    def header(self, name: str) -> str:
        """A header's value by its lower-case name, or an empty string."""
        return self.headers.get(name, "")


@dataclass(slots=True)
class Response:
    """An answer; header names are lower case."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_unquote_known = functools.lru_cache(maxsize=8192)(unquote_plus)
_LONGEST_KNOWN = 200


def dumps(value: object) -> bytes:
    return _encode(value).encode()


def _unquote(text: str) -> str:
    """Names, and many values (addresses of our pages, titles), repeat from call to call."""
    if "%" not in text and "+" not in text:
        return text
    return _unquote_known(text) if len(text) < _LONGEST_KNOWN else unquote_plus(text)


def parse_pairs(encoded: bytes) -> Pairs:
    """The pairs of a query or urlencoded body, blank ones too."""
    text = encoded.decode("utf-8", "replace")
    if not text:
        return []
    pairs = (part.partition("=") for part in text.split("&", MAX_FIELDS) if part)
    return [(_unquote(name), _unquote(value)) for name, _, value in pairs]


def json_response(value: object, *, status: int = 200) -> Response:
    return Response(status=status, body=dumps(value))


def redirect(location: str) -> Response:
    """A 303, so that a reload of the next page repeats no form."""
    # Quoted once more where it must be: a header takes neither line ends nor letters beyond Latin-1.
    safe = quote(location, safe="%/:=&?~#+!$,;'@()*[]{}")
    return Response(status=303, content_type="text/plain; charset=utf-8", headers={"location": safe})


async def read_request(scope: Scope, receive: Receive) -> Request:
    client = scope.get("client")
    return Request(
        method=scope["method"],
        path=scope["path"],
        query_string=scope.get("query_string", b""),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        body=await _read_body(receive),
        client=client[0] if client else "",
        scheme=scope.get("scheme", "http"),
    )


async def _read_body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise BodyTooLargeError
        parts.append(part)
    return b"".join(parts)


async def send_response(response: Response, send: Send, *, without_body: bool = False) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": list(_raw_headers(response))})
    await send({"type": "http.response.body", "body": b"" if without_body else response.body})


def _raw_headers(response: Response) -> Iterator[tuple[bytes, bytes]]:
    yield b"content-type", response.content_type.encode("latin-1")
    yield b"content-length", str(len(response.body)).encode("latin-1")
    for name, value in response.headers.items():
        yield name.encode("latin-1"), value.encode("latin-1")
