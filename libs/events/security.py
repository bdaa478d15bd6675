from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from events.base import Event
from events.topics import Topic


class SecurityEvent(Event):
    """`actor` is who, or the source's shortened address (E-11)."""

    topic: ClassVar[Topic] = Topic.SECURITY

    actor: str
    what: str
    code: str
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
