from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.hands import control
from tests.fixtures.stack import WholeStack


@pytest.fixture
def vendors(stocked: WholeStack, everything_runs: WholeStack) -> Iterator[WholeStack]:
    """The whole stack; whatever a test lets the vendors do, they answer as they should for the next."""
    yield stocked
    control(everything_runs, "DELETE", "faults")
