"""A city's book: what holds, payments, releases, refunds and moves do to its stock (I-2, I-3). Pure, no I/O."""

from __future__ import annotations

from inventory.pools.holding import Holding
from inventory.pools.selling import Selling


class Book(Holding, Selling):
    """A city whose row is locked, while changes are written into it; the store then saves what was touched.

    It knows the holds and tickets of the orders concerned. A refused request leaves no trace.
    """
