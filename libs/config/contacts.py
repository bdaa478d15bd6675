"""contacts.yaml: who can be reached, and how (N-15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.values import Email, Id, Model, Phone, Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _time_of_day(value: object) -> time:
    try:
        return time.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("must be a time of day with two digits each, e.g. 09:00") from None


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


class BusinessHours(Model):
    """When the business is open, in its own time zone (N-7)."""

    days: tuple[Weekday, ...] = Field(("mon", "tue", "wed", "thu", "fri"), description="the weekdays")
    begin: TimeOfDay = Field(alias="from", description="when it opens")
    end: TimeOfDay = Field(alias="until", description="when it closes")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.begin >= self.end:
            raise ValueError("the business closes before it opens; let `from` be earlier than `until`")
        return self


class Person(Model):
    """A person who is told of alerts, and whose acknowledgements are recognised."""

    name: Text = Field(description="what others see")
    email: Email | None = Field(None, description="where e-mails go")
    sms: Phone | None = Field(None, description="where SMS go")
    phone: Phone | None = Field(None, description="another number that answers come from")
    slack: Text | None = Field(None, description="the member's id in Slack, by which a pressed button is theirs")
    pagerduty: Text | None = Field(None, description="the user's id at PagerDuty, by which an answer is theirs")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not (self.email or self.sms):
            raise ValueError("can't be reached by anything; give at least an email address or a number for sms")
        return self


class Contacts(Model):
    """contacts.yaml: who can be reached, and how."""

    alert_address: Email = Field(description="where a test e-mail goes that names no address")
    business_hours: BusinessHours = Field(description="when the business is open")
    people: Mapping[Id, Person] = Field(min_length=1, description="id → person")
    roles: Mapping[Id, tuple[Id, ...]] = Field(default_factory=dict, description="role → people or other roles")

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
        """The ids of the people of a role (or of one person's id), each once, in order."""
        if name in self.people:
            return (name,)
        found = [person for member in self.roles[name] for person in self.people_of(member)]
        return tuple(dict.fromkeys(found))

    def name_of(self, who: str) -> str:
        """The person's name; an unknown one (an e-mail address, a member of the chat) is returned unchanged."""
        known = self.people.get(who)
        return known.name if known else who
