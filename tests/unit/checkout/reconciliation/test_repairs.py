"""What a person is told where nothing can be mended."""

from __future__ import annotations

import pytest

from checkout.reconciliation.domain import DifferenceState
from checkout.reconciliation.repairs.sessions import elsewhere
from tests.unit.checkout.reconciliation.test_comparing import SESSION


@pytest.mark.proves("R-1")
def test_money_that_a_connected_account_has_pays_no_order() -> None:
    told = elsewhere("acct_1", SESSION)
    assert told.state is DifferenceState.PERSON
    assert "acct_1" in told.reason
    assert told.command == 'fullhouse tickets grant EMAIL dallas-jan-2027 ga 2 --reason "Paid to acct_1"'
