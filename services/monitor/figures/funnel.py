"""How many visitors go on at each step of a purchase. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from monitor.figures.domain import Figure

# Only seats: a pass is bought on a page of its own, without a choice.
STEPS: Final[Sequence[tuple[str, Figure]]] = (
    ("page_view", Figure.PAGE_VIEWS),
    ("form_start", Figure.FORMS_STARTED),
    ("ticket_selected", Figure.TICKETS_SELECTED),
    ("checkout_started", Figure.CHECKOUTS_STARTED),
    ("order_paid", Figure.CHECKOUTS_PAID),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a purchase, beside the one before it.

    name: what visitors did
    before: how many had come as far as the step before
    gone_on: how many of them did this, too
    """

    name: str
    before: int
    gone_on: int

    @property
    def lost(self) -> int:
        """Browsers tell only of visitors that don't object, and may be away; the server counts everybody who buys."""
        return max(0, self.before - self.gone_on)

    @property
    def drop_off(self) -> float:
        """The share that did not go on; nothing where nobody came."""
        return self.lost / self.before if self.before else 0.0


def steps(counted: Mapping[Figure, int]) -> Iterator[Step]:
    """Each step but the first."""
    for (_, earlier), (name, figure) in pairwise(STEPS):
        yield Step(name=name, before=counted.get(earlier, 0), gone_on=counted.get(figure, 0))
