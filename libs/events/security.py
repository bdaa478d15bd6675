"""Events of refused attempts that may be attacks, and of access that has ended."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, PersonalText, Vocabulary, words_of
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


class SecurityFraudSuspected(SecurityEvent):
    """A buyer did something so often that it may be abuse, and is blocked: `code` is the rule (C-11)."""

    type: ClassVar[str] = "fullhouse.security.fraud_suspected.v1"


class AccessEnd(Vocabulary):
    """Why tokens of a person are over before their time."""

    DISABLED = "disabled"
    ROLE_CHANGED = "role_changed"
    REPLACED = "replaced"


class SecurityAccessEnded(Event):
    """A person's tokens from before `occurred_at` are over, whatever their expiry says (C-12)."""

    type: ClassVar[str] = "fullhouse.security.access_ended.v1"
    topic: ClassVar[Topic] = Topic.SECURITY

    subject: Annotated[str, Field(description="the account's id, the subject of its tokens")]
    email: Annotated[PersonalText, Field(description="the person's address, which tokens of the command line name")]
    cause: Annotated[str, words_of(AccessEnd, "why they are over")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it was decided; what was issued before is over")]

    @property
    def key(self) -> str:
        return self.subject
