"""The variables of external processors, at which providers have accounts of their own (P-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Self

from pydantic import Field, SecretStr, model_validator

from chassis.settings.base import Mode, Section
from chassis.settings.groups import SandboxUrlSettings
from chassis.settings.vendors import SANDBOX_STAND_INS

_SQUARE_STAND_IN: Final = "sandbox-sq0idb-sandbox"


class SquareSettings(SandboxUrlSettings):
    """Our application at Square. All optional: without one, sellers paste an access token of their own."""

    section: ClassVar[Section] = Section.EXTERNAL
    stand_ins: ClassVar[Mapping[str, str]] = {
        name: value for name, value in SANDBOX_STAND_INS.items() if name.startswith("SQUARE_")
    }

    square_application_id: str = Field("", description="the id of our application at Square, sq0idp-…")
    square_application_secret: SecretStr = Field(SecretStr(""), description="its secret, with which sellers connect")
    square_access_token: SecretStr | None = Field(
        None, description="its own access token, with which webhook subscriptions are made"
    )

    @property
    def square_api_url(self) -> str:
        """Base address of Square's API, without a slash at the end; paths begin with /v2 or /oauth2."""
        if self._square_is_sandbox:
            return f"{self.sandbox_url}/square"
        return "https://connect.squareup.com" if self.mode is Mode.LIVE else "https://connect.squareupsandbox.com"

    @property
    def _square_is_sandbox(self) -> bool:
        return self.square_application_id.startswith(_SQUARE_STAND_IN)

    @model_validator(mode="after")
    def _square_fits_mode(self) -> Self:
        if self._square_is_sandbox and not self.sandboxed:
            raise ValueError(f"SQUARE_APPLICATION_ID is wrong: it is the sandbox's, and this is {self.mode} mode.")
        return self
