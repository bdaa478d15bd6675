"""What somebody tried who may not."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event
from events.topics import Topic


class SecurityEvent(Event):
    """Something was refused that may be an attack (E-11)."""

    topic: ClassVar[Topic] = Topic.SECURITY

    actor: Annotated[str, Field(description="who, or the source's shortened address")]
    what: str
    code: Annotated[str, Field(description="the stable code of the refusal")]
    count: int = 1
    service: str
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.actor


class SecuritySignInFailed(SecurityEvent):
    type: ClassVar[str] = "fullhouse.security.sign_in_failed.v1"


class SecuritySignatureInvalid(SecurityEvent):
    type: ClassVar[str] = "fullhouse.security.signature_invalid.v1"


class SecurityActionRefused(SecurityEvent):
    type: ClassVar[str] = "fullhouse.security.action_refused.v1"
