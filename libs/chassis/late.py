"""A value that exists only once its process has started."""

from __future__ import annotations

from typing import Generic, TypeVar

from chassis.errors import Unavailable

T = TypeVar("T")


class Late(Generic[T]):
    """A value that is made when the process starts, for routes and jobs that are built before.

    A call returns the value; before `put` it raises Unavailable.
    """

    def __init__(self) -> None:
        self._part: T | None = None

    def put(self, part: T) -> T:
        """Sets the value, and returns it."""
        self._part = part
        return part

    def __call__(self) -> T:
        if self._part is None:
            raise Unavailable("this process has not started yet")
        return self._part

    @property
    def there(self) -> T | None:
        """The value, or None before the start."""
        return self._part
