"""Events of refused attempts that may be attacks."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event
from events.topics import Topic


class SecurityEvent(Event):
    """An attempt was refused that may be an attack (E-11)."""

    topic: ClassVar[Topic] = Topic.SECURITY

    actor: Annotated[str, Field(description="who, or the source's shortened address")]
    what: Annotated[str, Field(description="what was tried")]
    code: Annotated[str, Field(description="the stable code of the refusal")]
    count: Annotated[int, Field(description="how often, when several are told at once")] = 1
    service: Annotated[str, Field(description="the service that refused")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it was refused")]

    @property
    def key(self) -> str:
        return self.actor


class SecuritySignInFailed(SecurityEvent):
    """A sign-in failed."""

    type: ClassVar[str] = "fullhouse.security.sign_in_failed.v1"


class SecuritySignatureInvalid(SecurityEvent):
    """A vendor's request had no valid signature."""

    type: ClassVar[str] = "fullhouse.security.signature_invalid.v1"


class SecurityActionRefused(SecurityEvent):
    """An action was refused to a caller without the right to it."""

    type: ClassVar[str] = "fullhouse.security.action_refused.v1"
