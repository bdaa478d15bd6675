"""A call for help as staff may see it, over the API and on pages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from chassis.app import Out
from chassis.telemetry.masking import mask_email
from chassis.tokens import Role
from checkout.support.domain import SupportRequest


class SupportOut(Out):
    """A customer's call for help; only admins see the address, and viewers not the words."""

    request_id: UUID
    kind: str
    email: str
    order_id: UUID | None = Field(description="The customer's order, where one is known")
    order_said: str = Field(description="The number that the customer wrote, of which that can't be said")
    known: bool = Field(description="Whether the order, or anything of the address, was known here when it came")
    text: str | None
    made_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    reason: str | None = Field(description="What was done about it, in the words of who closed it")


def support_out(request: SupportRequest, role: Role) -> SupportOut:
    """As somebody with this role may see it."""
    shown = SupportOut.model_validate(request)
    if role.allows(Role.ADMIN):
        return shown
    masked = {"email": mask_email(request.email)}
    return shown.model_copy(update=masked if role.allows(Role.OPERATOR) else {**masked, "text": None})
