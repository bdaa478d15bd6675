"""The adapters on which the suite runs, each with what opens its processor's side."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.contract.processors.example.counterpart import open_example
from tests.contract.processors.support import Counterpart

ADAPTERS: dict[str, Callable[[], AbstractAsyncContextManager[Counterpart]]] = {"example": open_example}
