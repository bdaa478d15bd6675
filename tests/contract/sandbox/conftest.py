"""A fresh sandbox for each test; or one for a file of PayPal's or Square's."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from square import Square

from sandbox.square.state import PERSONAL
from tests.contract.sandbox.paypal_client import Seller
from tests.contract.sandbox.square_client import ELM, Connect
from tests.contract.sandbox.support import Receiver, Running, receiving, serving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def sandbox(receiver: Receiver) -> Iterator[Running]:
    with serving(receiver) as started:
        yield started


@pytest.fixture(scope="module")
def paypal() -> Iterator[Running]:
    """Each test has a `seller` of its own."""
    with receiving() as receiver, serving(receiver) as started:
        yield started


@pytest.fixture
def seller(paypal: Running) -> Seller:
    made = paypal.control("POST", "paypal/apps", {"name": "Sam's studio", "email": "sam@example.com"}, status=201)
    return Seller(paypal, made["clientId"], made["clientSecret"], made["merchantId"])


@pytest.fixture(scope="module")
def square() -> Iterator[Running]:
    with receiving() as receiver, serving(receiver) as started:
        yield started


@pytest.fixture(scope="module")
def connect(square: Running) -> Iterator[Connect]:
    """The SDK with a token, or with none."""
    with httpx.Client(timeout=10) as http:
        yield lambda token=None: Square(token=token, base_url=f"{square.url}/square", httpx_client=http)


@pytest.fixture
def elm(connect: Connect) -> Square:
    """The seller with a token of their own."""
    return connect(PERSONAL + ELM.short)
