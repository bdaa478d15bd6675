"""How connections to processors stand by what was told of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.figures.connections import PENDING_AT_MOST, newest_connections
from tests.unit.monitor.samples import NOW, connection_changed

pytestmark = pytest.mark.proves("A-5", "P-12")


@pytest.mark.parametrize(
    ("status", "failed"),
    [("connected", False), ("revoked", False), ("error", True), ("expired", True), ("suspended", True)],
)
def test_one_that_is_not_connected_has_failed_unless_it_was_revoked(status: str, failed: bool) -> None:
    [state] = newest_connections([connection_changed(status)])
    assert state.failed(NOW) is failed


def test_one_may_be_on_its_way_for_a_quarter_of_an_hour() -> None:
    [state] = newest_connections([connection_changed("pending")])
    assert [state.failed(NOW + PENDING_AT_MOST + late) for late in (timedelta(0), timedelta(seconds=1))] == [
        False,
        True,
    ]


@pytest.mark.proves("E-6")
def test_the_highest_version_counts_whatever_the_order() -> None:
    told = [connection_changed(status, version=version) for status, version in (("error", 4), ("connected", 3))]
    assert [(each.version, each.status) for each in newest_connections(told)] == [(4, "error")]
