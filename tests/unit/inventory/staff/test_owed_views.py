"""Whose the oversold seats of a city are, to whom that may be told (I-3)."""

from __future__ import annotations

from uuid import UUID

import pytest

from inventory.oversold.domain import OwedCustomer
from inventory.staff.owed_views import owed_rows
from tests.unit.inventory.staff.samples import owed
from tests.unit.monitor.samples import NOW

pytestmark = pytest.mark.proves("I-3", "W-2")

WANDA = OwedCustomer(first_name="Wanda", last_name="Wu", email="wanda@example.com", phone="+13525550137")


def test_an_order_is_told_with_its_seats_and_customer() -> None:
    (row,) = owed_rows([owed((1, 12), customer=WANDA)], "America/Chicago", now=NOW, whole=True)
    assert (row.since, row.order, row.tier, row.seats) == ("3:00 AM", "7K3M-2QXD", "VIP", "1, 12")
    assert (row.name, row.email, row.phone) == ("Wanda Wu", "wanda@example.com", "+13525550137")


def test_below_admin_a_customer_is_masked_and_an_unknown_one_is_nobody() -> None:
    masked, unknown = owed_rows(
        [owed((1,), customer=WANDA), owed((1,), number=None)], "America/Chicago", now=NOW, whole=False
    )
    assert (masked.name, masked.email, masked.phone) == ("W. W.", "w***@example.com", "***0137")
    assert (unknown.order, unknown.name, unknown.email) == (str(UUID(int=7)), "", "")
