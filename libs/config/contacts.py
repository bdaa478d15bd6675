"""Who is reached, and how (N-15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.values import Email, Id, Model, Phone, Text, Zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _time_of_day(value: object) -> time:
    try:
        return time.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("must be a time of day with two digits each, e.g. 09:00") from None


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


class Hours(Model):
    """From one time of day to another, in the person's (or the business's) time zone; may pass midnight."""

    begin: TimeOfDay = Field(alias="from")
    end: TimeOfDay = Field(alias="until")


class BusinessHours(Hours):
    """N-7: weekdays and times."""

    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")


class Person(Model):
    """`sms` takes texts, `phone` takes calls; a person without a channel is reached by the next one."""

    name: Text
    email: Email | None = None
    sms: Phone | None = None
    phone: Phone | None = None
    slack: Text | None = None
    pagerduty: Text | None = None
    time_zone: Zone | None = None
    quiet_hours: Hours | None = None
    business_hours: BusinessHours | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not any((self.email, self.sms, self.phone, self.slack, self.pagerduty)):
            raise ValueError("can't be reached by anything; give at least an email address")
        return self


class Contacts(Model):
    """contacts.yaml. A role names people or other roles; `alert_address` gets what no person could be told (N-5)."""

    alert_address: Email
    business_hours: BusinessHours
    people: Mapping[Id, Person] = Field(min_length=1)
    roles: Mapping[Id, tuple[Id, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _roles_lead_to_people(self) -> Self:
        for role, members in self.roles.items():
            if role in self.people:
                raise ValueError(f"{role} is both a person and a role; give one of them another id")
            for member in members:
                if member not in self.people and member not in self.roles:
                    raise ValueError(f"roles.{role} names {member}, which is neither a person nor a role")
            if self._circular(role, ()):
                raise ValueError(f"roles.{role} leads back to itself")
        return self

    def _circular(self, role: str, path: tuple[str, ...]) -> bool:
        if role in path:
            return True
        return any(self._circular(member, (*path, role)) for member in self.roles.get(role, ()))

    def people_of(self, name: str) -> tuple[str, ...]:
        """Ids of the people whom a role (or a person's id) stands for, each once, in order."""
        if name in self.people:
            return (name,)
        found = [person for member in self.roles[name] for person in self.people_of(member)]
        return tuple(dict.fromkeys(found))

    def name_of(self, who: str) -> str:
        """The person's name; who has no entry here (an e-mail address, a member of the chat) stands as they are."""
        known = self.people.get(who)
        return known.name if known else who
