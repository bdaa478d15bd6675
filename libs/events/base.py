"""The base of all events: models, ids, marks of fields, and vocabularies.

A type may change compatibly only (docs/events/README.md has the rules), so models allow for what will come. A
vocabulary may grow, so it is text on the wire: a writer takes its words from the `Vocabulary`, and a reader may meet
words that it doesn't know. A closed choice is an enumeration in the schema; it is used only where the contract needs
its values elsewhere, as each severity has a topic of its own.
"""

from __future__ import annotations

from abc import abstractmethod
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NewType, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from events.topics import Topic

OrderId = NewType("OrderId", UUID)
EventId = NewType("EventId", UUID)

# E-10: the model marks fields that identify a person, or that are secret, such as a ticket code.
# `events.masking` applies the marks wherever an event is logged or streamed.
_PERSONAL: dict[str, Any] = {"x-personal": True}
_SECRET: dict[str, Any] = {"x-secret": True}

PersonalText = Annotated[str, Field(json_schema_extra=_PERSONAL)]
SecretText = Annotated[str, Field(json_schema_extra=_SECRET, repr=False)]
# Of whom something is written to.
Language = Annotated[str, Field(description="in which the person is written to, such as es")]
MinorUnits = Annotated[int, Field(description="Integer minor units of the currency beside it.")]


class Vocabulary(StrEnum):
    """Words that are text on the wire, and to which more will be added (E-3)."""

    @classmethod
    def known(cls, word: str) -> Self | None:
        """The member for a word from the wire; None for one that this reader doesn't know."""
        try:
            return cls(word)
        except ValueError:
            return None


def words_of(vocabulary: type[Vocabulary], description: str | None = None) -> FieldInfo:
    """The field info of a text field that holds a word of a vocabulary; the schema names the words known today."""
    known: list[Any] = [member.value for member in vocabulary]
    info: FieldInfo = Field(description=description, json_schema_extra={"x-known-values": known})
    return info


class Part(BaseModel):
    """A value inside an event: camelCase on the wire, snake_case in Python; readers ignore unknown fields."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True, ser_json_inf_nan="strings"
    )


class Event(Part):
    """A typed fact that leaves a service (E-1).

    A subclass sets its full `type` with the major version and its `topic` (or, where that depends on the event, its
    `destination`). Its `key` names the aggregate that it belongs to: events of one key keep their order.
    """

    type: ClassVar[str]
    topic: ClassVar[Topic]

    @property
    @abstractmethod
    def key(self) -> str:
        """The aggregate's id, which is the record's key."""

    @property
    def destination(self) -> Topic:
        """The topic that this event is written to."""
        return self.topic

    @classmethod
    def short_type(cls) -> str:
        """`order.paid` for `fullhouse.order.paid.v1`."""
        return cls.type.removeprefix("fullhouse.").rsplit(".", 1)[0]
