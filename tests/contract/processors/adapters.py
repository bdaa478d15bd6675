"""The adapters on which the suite runs, each with what opens its processor's side beside the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tests.contract.processors.example.counterpart import open_example
from tests.contract.processors.paypal import open_paypal
from tests.contract.processors.square import open_square
from tests.contract.processors.stripe import open_stripe
from tests.contract.processors.support import Counterpart
from tests.contract.sandbox.support import Running

ADAPTERS: dict[str, Callable[[Running], AbstractAsyncContextManager[Counterpart]]] = {
    "example": open_example,
    "paypal": open_paypal,
    "square": open_square,
    "stripe": open_stripe,
}
