"""Why a provider can't be found, or settings can't be as somebody wants them."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.errors import Condition, InvalidRequest
from chassis.tokens import RoleMissing


class UnknownProvider(Condition):
    status = 404
    code = "unknown_provider"
    title = "There is no such provider"
    meaning = "No provider has this id."
    remedy = "`fullhouse providers list` lists all of them."


def senseless(fields: Mapping[str, str]) -> InvalidRequest:
    """Settings whose values make no sense, with the reason for each."""
    return InvalidRequest(fields=fields)


def own_commission() -> RoleMissing:
    """A provider who wants to change what the platform keeps."""
    return RoleMissing("The platform's commission is not the provider's own to change: an admin does it.")
