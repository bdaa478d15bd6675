"""The sandbox's account at each vendor."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.pagerduty.api import PagerdutyApi
from sandbox.pagerduty.incidents import Incidents
from sandbox.paypal.account import PaypalAccount
from sandbox.paypal.api import PaypalApi
from sandbox.sendgrid.api import SendgridApi
from sandbox.slack.api import SlackApi
from sandbox.square.api import SquareApi
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.api import StripeApi
from sandbox.twilio.account import TwilioAccount
from sandbox.twilio.api import TwilioApi
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Accounts:
    """What control API and pages look into."""

    stripe: StripeAccount
    twilio: TwilioAccount
    sendgrid: SendgridApi
    slack: SlackApi
    pagerduty: PagerdutyApi
    paypal: PaypalAccount
    square: SquareApi

    @classmethod
    def open(cls, world: World) -> Accounts:
        """Raises SettingsError for a setting that a vendor's account can't be opened with."""
        return cls(
            stripe=StripeAccount.open(world), twilio=TwilioAccount(world), sendgrid=SendgridApi(world),
            slack=SlackApi(world), pagerduty=PagerdutyApi(world), paypal=PaypalAccount.open(world),
            square=SquareApi(world),
        )  # fmt: skip

    @property
    def incidents(self) -> Incidents:
        return self.pagerduty.incidents

    def entrances(
        self,
    ) -> dict[str, StripeApi | TwilioApi | SendgridApi | SlackApi | PagerdutyApi | PaypalApi | SquareApi]:
        """By the first part of their paths."""
        return {
            "stripe": StripeApi(self.stripe), "twilio": TwilioApi(self.twilio), "sendgrid": self.sendgrid,
            "slack": self.slack, "pagerduty": self.pagerduty, "paypal": PaypalApi(self.paypal), "square": self.square,
        }  # fmt: skip
