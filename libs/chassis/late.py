"""A part that is there only once its process has started."""

from __future__ import annotations

from typing import Generic, TypeVar

from chassis.errors import Unavailable

T = TypeVar("T")


class Late(Generic[T]):
    """A part that is made when the process starts, for routes and jobs that are built before.

    Calling it gives the part; before it was put there that raises Unavailable.
    """

    def __init__(self) -> None:
        self._part: T | None = None

    def put(self, part: T) -> T:
        self._part = part
        return part

    def __call__(self) -> T:
        if self._part is None:
            raise Unavailable("this process has not started yet")
        return self._part

    @property
    def there(self) -> T | None:
        """The part, or None before the start."""
        return self._part
