"""Base models of what the API takes and gives: camelCase on the wire, times in UTC with `Z`.

In a room's `api.py`::

    class TicketOut(Out):
        code: str = Field(description="What the door scans")
        issued_at: datetime

    @router.get("/api/tickets/{ticket_id}", responses=conditions(TicketUnknown))
    async def get_ticket(ticket_id: UUID, deps: Deps) -> TicketOut: ...
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

T = TypeVar("T")


class Out(BaseModel):
    """What a route answers; `Out.model_validate(value)` takes it from a domain value with the same attributes.

    A time becomes UTC, so that it is written with `Z`; one without a zone is refused.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True, frozen=True)

    @field_validator("*")
    @classmethod
    def _utc(cls, value: object) -> object:
        if not isinstance(value, datetime):
            return value
        if value.tzinfo is None:
            raise ValueError("a time has a zone")
        return value.astimezone(UTC)


class Body(BaseModel):
    """What a route takes; a field that is not known is refused, since ignored it would seem to have worked."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Page(Out, Generic[T]):
    """A part of a list, and where the next one begins."""

    data: list[T]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end")
