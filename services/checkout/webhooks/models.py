"""What a processor is told whose webhook was taken."""

from __future__ import annotations

from typing import Literal

from chassis.app import Out


class ReceivedOut(Out):
    """The webhook is stored; it need not be sent again."""

    received: Literal[True] = True
