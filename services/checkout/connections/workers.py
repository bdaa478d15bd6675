"""Looks at connections when they are due: new ones at once, others each hour, and before their credentials expire."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.due_rows import DueRows
from checkout.connections.domain import Connection
from checkout.connections.looking import ConnectionLooks

_AT_ONCE: Final = 4


class ConnectionCare:
    """`due` is kept by the service's background."""

    def __init__(self, looks: ConnectionLooks, *, poll: timedelta) -> None:
        self.due: DueRows[Connection] = DueRows(
            "looks at connections", claim=looks.claim, work=looks.look, at_once=_AT_ONCE, poll=poll
        )
