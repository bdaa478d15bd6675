"""Base models of requests and responses: camelCase on the wire, times in UTC with `Z`.

In a room's `api.py`::

    class TicketOut(Out):
        code: str = Field(description="What the door scans")
        issued_at: datetime

    @router.get("/api/tickets/{ticket_id}", responses=conditions(TicketUnknown))
    async def get_ticket(ticket_id: UUID, deps: Deps) -> TicketOut: ...
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator
from pydantic.alias_generators import to_camel

T = TypeVar("T")


def _one_line(text: str) -> str:
    """Control characters, and signs that turn the direction of text, would make it look like something else."""
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


# What a person says about something, such as why it was done.
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_one_line)
]


def _lines(text: str) -> str:
    """As `_one_line`, for each of them."""
    if not all(line.isprintable() for line in text.split("\n")):
        raise ValueError("must be lines of printable characters")
    return text


def _newlines(value: object) -> object:
    """As browsers send them, and as they are kept."""
    return value.replace("\r\n", "\n").replace("\t", " ") if isinstance(value, str) else value


# What a person tells us at length.
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=2_000), AfterValidator(_lines), BeforeValidator(_newlines)
]


class Out(BaseModel):
    """Base of response models; `Out.model_validate(value)` reads a domain value with attributes of the same names.

    Times are converted to UTC, so that they are written with `Z`; one without a zone is refused.
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
    """Base of request models; an unknown field is refused, since ignoring it would look like success."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class InternalBody(BaseModel):
    """Base of what one service asks of another (`/internal/…`), bodies and queries; what is unknown is ignored.

    During each update callers of the next release meet services of this one, and the other way round: a field that is
    new has a default, which means what was done before (docs/adr/0027).
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Page(Out, Generic[T]):
    """A page of a list, with the cursor of the next page."""

    data: list[T]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null at the end")
