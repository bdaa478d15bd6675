"""`/api/waitlist`: to wait for seats of a tier that is sold out (I-10). For everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import Field

from chassis.app import Body, Out, conditions
from chassis.emails import EmailAddress
from chassis.http.deps import provided
from checkout.catalogue.errors import UnknownCity
from checkout.waitlist.client import WaitlistClient
from checkout.waitlist.domain import Joined, JoinWish
from checkout.waitlist.errors import MoreThanThereAre, SeatsAvailable, WaitlistClosed, WaitlistUnavailable

router = APIRouter(tags=["checkout"])


class WaitlistBody(Body):
    """A wish to wait for seats."""

    city_id: str = Field(min_length=1, max_length=100)
    ticket_type: str = Field(min_length=1, max_length=50, description="a tier, in any case")
    quantity: int = Field(1, ge=1, le=500, description="how many seats, all or nothing")
    first_name: str = Field(min_length=1, max_length=100)
    email: EmailAddress


class JoinedOut(Out):
    """A place in line. The link that opens it comes by e-mail."""

    success: Literal[True] = True
    quantity: int = Field(description="of the place that the address has, which may be an earlier one")
    ahead: int = Field(description="how many wait for the same seats and came before")

    @classmethod
    def of(cls, joined: Joined) -> Self:
        return cls(quantity=joined.quantity, ahead=joined.ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinDeps:
    """What the route works with."""

    waitlist: WaitlistClient


@router.post(
    "/api/waitlist",
    summary="Wait for seats of a tier that is sold out",
    responses=conditions(UnknownCity, WaitlistClosed, SeatsAvailable, MoreThanThereAre, WaitlistUnavailable),
)
async def join(body: WaitlistBody, deps: Annotated[JoinDeps, provided(JoinDeps)]) -> JoinedOut:
    wish = JoinWish(
        city_id=body.city_id,
        tier=body.ticket_type.lower(),
        quantity=body.quantity,
        first_name=body.first_name,
        email=body.email,
    )
    return JoinedOut.of(await deps.waitlist.join(wish))
