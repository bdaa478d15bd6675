"""What the routes and pages of a started notifier get of its parts."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI

from chassis.clock import Clock
from chassis.http.deps import provide
from chassis.signatures import RefusedSignatures
from eventbus.hosting import Ground
from events import Channel
from notifier.acknowledgements.api import AcknowledgementDeps
from notifier.acknowledgements.linked import LinkedAlerts
from notifier.acknowledgements.page import AcknowledgePage, AcknowledgePageDeps
from notifier.callbacks.reading import Callbacks
from notifier.callbacks.signatures import PagerDutySignature, SendGridSignature, SlackSignature, TwilioSignature
from notifier.contacts.api import SuppressionDeps
from notifier.deliveries.api import DeliveryDeps
from notifier.digest.api import DigestDeps
from notifier.messages.api import TrialDeps
from notifier.receipts.api import ReceiptDeps
from notifier.receipts.intake import Intake
from notifier.settings import NotifierSettings
from notifier.texts.templates import Templates
from notifier.timeline.api import TimelineDeps
from notifier.timeline.service import Timelines
from notifier.wiring import Parts


def provide_deps(
    app: FastAPI,
    parts: Parts,
    *,
    ground: Ground,
    page: AcknowledgePage,
    templates: Templates,
    works: bool,
    clock: Clock,
) -> None:
    """Gives each room's routes what they work with. `works`: this process settles the receipts that it stores."""
    settings, config, database = parts.current.settings, parts.current.config, parts.database
    callbacks = _callbacks(settings, ground, clock)
    stored: Callable[[], None] = parts.settler.due.wake if works else lambda: None
    linked = LinkedAlerts(
        database=database,
        links=parts.links,
        config=config,
        zone=settings.business_timezone,
        public_url=settings.public_url,
        clock=clock,
    )
    provide(
        app,
        ReceiptDeps(callbacks=callbacks, intake=Intake(database, stored=stored), database=database),
        AcknowledgementDeps(callbacks=callbacks, acknowledgements=parts.acknowledgements, database=database),
        AcknowledgePageDeps(page=page, linked=linked, acknowledgements=parts.acknowledgements, database=database),
        TrialDeps(
            sms=parts.providers[Channel.SMS],
            email=parts.providers[Channel.EMAIL],
            templates=templates,
            config=config,
            first_number=settings.sms_target_numbers[0],
            database=database,
        ),
        DeliveryDeps(database=database),
        SuppressionDeps(database=database),
        TimelineDeps(timelines=Timelines(database, lambda: config().contacts)),
        DigestDeps(directory=parts.current.directory, clock=clock),
    )


def _callbacks(settings: NotifierSettings, ground: Ground, clock: Clock) -> Callbacks:
    return Callbacks(
        twilio=TwilioSignature(settings.twilio_auth_token, settings.public_url),
        sendgrid=SendGridSignature(settings.sendgrid_webhook_public_key),
        slack=SlackSignature(settings.slack_signing_secret),
        pagerduty=PagerDutySignature(settings.pagerduty_webhook_secret),
        refused=RefusedSignatures(reports=ground.refusals),
        clock=clock,
    )
