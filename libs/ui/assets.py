"""Serves static files under addresses with the hash of their content, so that browsers cache them forever."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.errors import MethodNotAllowed, NotFound

STATIC_DIR = Path(__file__).parent / "static"

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")

_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    media_type: str
    version: str

    @classmethod
    def of(cls, name: str, body: bytes) -> _File:
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return cls(body=body, media_type=media_type, version=hashlib.sha256(body).hexdigest()[:12])


class Assets:
    """All static files of a process, read once at start: the shared ones, the service's own, and generated ones.

    `made` are the generated ones, such as `{"brand.css": …}` from configuration.
    """

    def __init__(self, *directories: Path, made: Mapping[str, str] | None = None, prefix: str = "/static") -> None:
        self._prefix = prefix
        self._files = dict(_read(STATIC_DIR, *directories))
        for name, text in (made or {}).items():
            self._files[name] = _File.of(name, text.encode())
        for name in [name for name in self._files if name.endswith(".css")]:
            self._files[name] = _File.of(name, self._with_versions(self._files[name].body))

    def url(self, name: str) -> str:
        """The address of a file with the hash of its content; raises KeyError for a file that doesn't exist."""
        return f"{self._prefix}/{name}?v={self._files[name].version}"

    def script(self, name: str) -> Response:
        """A script at an address of its own, for a service worker: that decides which pages it may keep.

        Raises KeyError for a file that doesn't exist.
        """
        file = self._files[name]
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return Response(file.body, media_type=file.media_type, headers=headers)

    def _with_versions(self, sheet: bytes) -> bytes:
        """The style sheet with hashes in its `url("…")`, so that a preloaded font is fetched once."""

        def versioned(match: re.Match[bytes]) -> bytes:
            return b'url("' + self.url(match[1].decode()).encode() + b'")'

        return re.sub(rb'url\("([\w./-]+)"\)', versioned, sheet)

    def respond(self, request: Request) -> Response:
        """The response to a request for a file: cached forever when its hash is asked for, else revalidated each time.

        Raises NotFound and MethodNotAllowed, to which the app around responds as everywhere.
        """
        file = self._files.get(_name_in(request.scope))
        if file is None:
            raise NotFound
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(headers={"Allow": "GET, HEAD"})
        headers = {
            "ETag": f'"{file.version}"',
            "Cache-Control": _FOREVER if request.query_params.get("v") == file.version else _ASK_AGAIN,
            "X-Content-Type-Options": "nosniff",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(file.body, media_type=file.media_type, headers=headers)


def static_app(assets: Assets) -> ASGIApp:
    """The ASGI app to mount at the prefix of the assets."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await assets.respond(Request(scope, receive))(scope, receive, send)

    return app


def _name_in(scope: Scope) -> str:
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root).lstrip("/")


def _read(*directories: Path) -> Iterator[tuple[str, _File]]:
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            if path.is_file():
                name = path.relative_to(directory).as_posix()
                yield name, _File.of(name, path.read_bytes())
