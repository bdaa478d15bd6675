"""Why somebody can't buy, and why a block can't be made or lifted."""

from __future__ import annotations

from chassis.errors import Condition, InvalidRequest
from languages import gettext_noop


class BuyerBlocked(Condition):
    """Says neither what the buyer is known by nor why: it would help nobody but who tries out how far one may go."""

    status = 403
    code = "buyer_blocked"
    title = gettext_noop("You can’t buy anything right now")
    meaning = gettext_noop(
        "Something about this purchase, or those before it, needs a person’s look. Nothing was charged."
    )
    remedy = "Try again tomorrow, or write to us: a person can let you go on at once."


class UnknownBlock(Condition):
    status = 404
    code = "unknown_block"
    title = "There is no such block"
    meaning = "No block has this id."
    remedy = "`fullhouse blocks list --all` lists all of them."


def one_mark_only() -> InvalidRequest:
    """A block by hand that names nobody, or somebody twice."""
    return InvalidRequest(fields={"email": "Name an e-mail address or an address of the network, one of the two."})


def no_address() -> InvalidRequest:
    """An address that no client can have."""
    return InvalidRequest(fields={"address": "Write an IP address such as 203.0.113.7."})
