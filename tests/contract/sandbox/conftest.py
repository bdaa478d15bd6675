"""A fresh sandbox for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.sandbox.support import Receiver, Running, receiving, serving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as started:
        yield started


@pytest.fixture
def sandbox(receiver: Receiver) -> Iterator[Running]:
    with serving(receiver) as started:
        yield started
