"""The variables of external processors, at which providers have accounts of their own (P-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Self

from pydantic import Field, SecretStr, model_validator

from chassis.settings.base import Mode, Section
from chassis.settings.groups import SandboxUrlSettings
from chassis.settings.vendors import SANDBOX_STAND_INS

_SQUARE_STAND_IN: Final = "sandbox-sq0idb-sandbox"
_PAYPAL_STAND_IN: Final = "sandbox-paypal"


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


class PaypalSettings(SandboxUrlSettings):
    """Our application at PayPal. All optional: without one, sellers paste the id and secret of one of their own."""

    section: ClassVar[Section] = Section.EXTERNAL
    stand_ins: ClassVar[Mapping[str, str]] = {
        name: value for name, value in SANDBOX_STAND_INS.items() if name.startswith("PAYPAL_")
    }

    paypal_client_id: str = Field("", description="the client id of our application at PayPal")
    paypal_client_secret: SecretStr = Field(SecretStr(""), description="its secret, with which sellers connect")

    @property
    def paypal_api_url(self) -> str:
        """Base address of PayPal's API, without a slash at the end; paths begin with /v1 or /v2."""
        return self._paypal_at("https://api-m")

    @property
    def paypal_certificates_url(self) -> str:
        """Below which the certificates are that its webhooks are signed under, and nowhere else."""
        return self._paypal_at("https://api")

    @property
    def paypal_pages_url(self) -> str:
        """Where sellers' browsers reach PayPal's sign-in page."""
        return str(self.sandbox_url) if self._paypal_is_sandbox else self._paypal_at("https://www")

    def _paypal_at(self, host: str) -> str:
        if self._paypal_is_sandbox:
            return f"{self.sandbox_url}/paypal"
        return f"{host}.paypal.com" if self.mode is Mode.LIVE else f"{host}.sandbox.paypal.com"

    @property
    def _paypal_is_sandbox(self) -> bool:
        return self.paypal_client_id.startswith(_PAYPAL_STAND_IN)

    @model_validator(mode="after")
    def _paypal_fits_mode(self) -> Self:
        if self._paypal_is_sandbox and not self.sandboxed:
            raise ValueError(f"PAYPAL_CLIENT_ID is wrong: it is the sandbox's, and this is {self.mode} mode.")
        return self
