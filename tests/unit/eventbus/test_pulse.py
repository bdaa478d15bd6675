from __future__ import annotations

import pytest

from eventbus.incoming.pulse import Pulse


@pytest.mark.proves("E-7")
def test_a_consumer_reads_once_it_knows_where_it_begins() -> None:
    """A new group that begins now would take for old what is written between its assignment and that."""
    pulse = Pulse("notifier-sms")
    pulse.assigned()
    assert not pulse.joined
    pulse.placed()
    assert pulse.joined
