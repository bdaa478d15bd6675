"""Path to handler: a dictionary for fixed paths, a short list per length for those with parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.core.http import Request, Response

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """`operation` is the name that faults and figures know this call by."""

    method: str
    path: str
    handler: Handler
    operation: str

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.path.strip("/").split("/"))


class Router:
    """Finds the route of a request and fills in its path parameters."""

    def __init__(self) -> None:
        self._fixed: dict[tuple[str, str], Route] = {}
        self._open: dict[int, list[tuple[tuple[str, ...], Route]]] = {}
        self._routes: list[Route] = []

    def add(self, method: str, path: str, handler: Handler, *, operation: str = "") -> None:
        route = Route(method=method, path=path, handler=handler, operation=operation or path)
        self._routes.append(route)
        if "{" in path:
            self._open.setdefault(len(route.segments), []).append((route.segments, route))
        else:
            self._fixed[method, path] = route

    def operations(self) -> list[str]:
        return sorted({route.operation for route in self._routes})

    def find(self, request: Request) -> Route | None:
        """The route, or None when neither path nor method is known; HEAD takes GET's."""
        method = "GET" if request.method == "HEAD" else request.method
        found = self._fixed.get((method, request.path))
        if found is not None:
            return found
        parts = request.path.strip("/").split("/")
        for segments, route in self._open.get(len(parts), ()):
            if route.method == method and (params := _match(segments, parts)) is not None:
                request.path_params = params
                return route
        return None

    def allowed(self, path: str) -> list[str]:
        """The methods that the path knows."""
        parts = path.strip("/").split("/")
        return sorted(
            {route.method for route in self._routes if route.path == path or _match(route.segments, parts) is not None}
        )


def _match(segments: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    """`{name}` takes one segment; a part around it must be the same (`{sid}.json`)."""
    if len(segments) != len(parts):
        return None
    params: dict[str, str] = {}
    for segment, part in zip(segments, parts, strict=True):
        if segment == part:
            continue
        if "{" not in segment:
            return None
        before, rest = segment.split("{", 1)
        name, after = rest.split("}", 1)
        value = part[len(before) : len(part) - len(after)]
        if not (part.startswith(before) and part.endswith(after) and value):
            return None
        params[name] = value
    return params
