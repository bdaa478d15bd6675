"""Static files with the hash of their content in the address, so that browsers keep them for good."""

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
    """All static files of a process, read once at start: the shared ones, a service's own, and made ones.

    `made` are files that come from configuration, such as `{"brand.css": …}`.
    """

    def __init__(self, *directories: Path, made: Mapping[str, str] | None = None, prefix: str = "/static") -> None:
        self._prefix = prefix
        self._files = dict(_read(STATIC_DIR, *directories))
        for name, text in (made or {}).items():
            self._files[name] = _File.of(name, text.encode())
        for name in [name for name in self._files if name.endswith(".css")]:
            self._files[name] = _File.of(name, self._with_versions(self._files[name].body))

    def url(self, name: str) -> str:
        """The address of a file with its content's hash. A file that does not exist is a mistake in a template."""
        return f"{self._prefix}/{name}?v={self._files[name].version}"

    def _with_versions(self, sheet: bytes) -> bytes:
        """A style sheet whose `url("…")` name the versions, so that a preloaded font is fetched once."""

        def versioned(match: re.Match[bytes]) -> bytes:
            return b'url("' + self.url(match[1].decode()).encode() + b'")'

        return re.sub(rb'url\("([\w./-]+)"\)', versioned, sheet)

    def answer(self, request: Request) -> Response:
        """The file at the path; kept for good when its hash was asked for, else checked each time.

        Raises NotFound and MethodNotAllowed, which the app around answers as it answers everywhere.
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
    """The ASGI application to mount at the prefix of the assets."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await assets.answer(Request(scope, receive))(scope, receive, send)

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
