"""A pass as its owner, and as staff, may see it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from chassis.app import Body, Out, Words
from chassis.ids import display_number
from chassis.telemetry.masking import mask_email
from checkout.passes.domain import Pass, Use


class UseOut(Out):
    """One entry that was used."""

    use_id: str
    number: int = Field(description="Which entry of the pass it was, from 1")
    place: str
    used_at: datetime
    undone_at: datetime | None = Field(None, description="Since when it counts no more, where it was a mistake")

    @classmethod
    def of(cls, use: Use) -> Self:
        return cls.model_validate(use)


class PassOut(Out):
    """A pass as it stands."""

    pass_id: UUID
    item_id: str = Field(description="The catalogue's id of its kind")
    name: str
    state: str = Field(description="active, frozen while its payment is disputed, ended when its money went back")
    usable: bool = Field(description="Whether an entry can be used now")
    entries: int = Field(description="How many it is good for in all")
    entries_left: int
    valid_from: datetime
    valid_until: datetime = Field(description="From then on it is good no more")
    order_id: UUID
    order_number: str = Field(description="The order's number, as people say it")
    version: int
    email: str | None = Field(None, description="Whose it is; masked below admin")
    code: str | None = Field(None, description="What is shown to use it; only its owner and admins see it")

    @classmethod
    def of(cls, held: Pass, *, usable: bool, codes: bool, personal: bool) -> Self:
        """`codes`: with what opens doors; `personal`: with the address unmasked."""
        shown = {name: getattr(held, name) for name in cls.model_fields if hasattr(held, name)}
        email = held.customer.email
        return cls(
            **{
                **shown,
                "usable": usable,
                "order_number": display_number(held.order_number),
                "email": email if personal else mask_email(email),
                "code": held.code if codes else None,
            }
        )


class PassDetailOut(PassOut):
    """A pass with every use."""

    uses: list[UseOut]

    @classmethod
    def with_uses(cls, held: PassOut, uses: Iterable[Use]) -> Self:
        return cls(**held.model_dump(), uses=[UseOut.of(use) for use in uses])


class PassesOut(Out):
    """All passes of one customer."""

    data: list[PassDetailOut]


class UseIn(Body):
    """How an entry is used."""

    use_id: str | None = Field(None, max_length=100, description="the same one counts once; else Idempotency-Key")
    place: str = Field("", max_length=100, description="where, as staff call it")
    code: str | None = Field(None, max_length=200, description="what was shown; refused when it is not this pass's")


class UndoIn(Body):
    """An entry that was counted by mistake."""

    use_id: str = Field(min_length=1, max_length=100, description="which use, as the pass lists it")
    reason: Words = Field(description="why, for the record")


class UndoneOut(Out):
    """A pass after an entry was undone; a repeat gets the same."""

    success: bool = True
    pass_id: UUID
    name: str
    number: int = Field(description="Which entry of the pass it was, from 1")
    entries: int
    entries_left: int
    version: int


class UsedOut(Out):
    """A pass after an entry was used; a repeat of the same use gets the same."""

    pass_id: UUID
    name: str
    number: int = Field(description="Which entry of the pass it was, from 1")
    entries: int
    entries_left: int
    valid_until: datetime
    used_at: datetime
    version: int
