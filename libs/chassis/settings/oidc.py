"""An outside issuer of sign-in tokens (OIDC), for a business whose people sign in elsewhere (C-12)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Final, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, model_validator
from pydantic.config import JsonDict

from chassis.settings.base import NEEDED, ModeSettings, Section
from chassis.settings.forms import HttpUrl, is_loopback
from chassis.tokens.signing import Role
from chassis.variables import comma_list

_WITH_ISSUER: Final[JsonDict] = {NEEDED: "with OIDC_ISSUER"}
_GIVEN: Final = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)


def _table(text: object) -> object:
    if not isinstance(text, str):
        return text
    pairs = [part.rpartition("=") for part in comma_list(text)]
    if not pairs or any(not value or role not in list(_GIVEN) for value, _, role in pairs):
        raise ValueError("write each as value=role, with a role of viewer, operator or admin")
    return MappingProxyType({value: Role(role) for value, _, role in pairs})


RoleTable = Annotated[Mapping[str, Role], BeforeValidator(_table)]


class OidcSettings(ModeSettings):
    """Whose tokens are taken beside our own, and what they give."""

    section: ClassVar[Section] = Section.KEYS

    oidc_issuer: HttpUrl | None = Field(
        None,
        description="the address of an OIDC issuer whose tokens are taken beside our own, as https://login.example.com",
    )
    oidc_audience: str | None = Field(
        None,
        min_length=1,
        description="the audience that the issuer's tokens must be for",
        json_schema_extra=_WITH_ISSUER,
    )
    oidc_role_claim: str = Field(
        "roles",
        min_length=1,
        description="the claim that says what a person is: its name, or a path with dots, as realm_access.roles",
    )
    oidc_roles: RoleTable | None = Field(
        None,
        description="which role each value of that claim gives, comma-separated, as ticket-desk=operator,owners=admin",
        json_schema_extra=_WITH_ISSUER,
    )

    @model_validator(mode="after")
    def _issuer_complete(self) -> Self:
        if self.oidc_issuer is None:
            return self
        if not self.oidc_audience or not self.oidc_roles:
            raise ValueError("OIDC_ISSUER is set: set OIDC_AUDIENCE and OIDC_ROLES as well.")
        parts = urlsplit(self.oidc_issuer)
        if parts.scheme != "https" and not (self.sandboxed and is_loopback(parts.hostname or "")):
            raise ValueError(
                "OIDC_ISSUER is wrong: it must begin with https://. Only in sandbox mode, on this machine's loopback, "
                "may it be http."
            )
        return self
