"""Whom tickets of an order were given to. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.emails import email_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who gets a ticket."""

    first_name: str
    last_name: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has the ticket of a seat, in the buyer's place.

    seat: its number within the order
    person: who that is
    transfers: how often the ticket was given on; links to it are of that issue
    """

    seat: int
    person: Person
    transfers: int

    def is_(self, person: Person) -> bool:
        """Whether it is the same person, by name and address."""
        mine = (self.person.first_name, self.person.last_name, email_key(self.person.email))
        return mine == (person.first_name, person.last_name, email_key(person.email))
