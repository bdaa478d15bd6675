from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import config
from chassis.settings import SettingsError
from config import MessageKind
from events import Channel
from notifier.messages.rules import MessageRules
from notifier.settings import NotifierSettings
from tests.integration.notifier.harness import environment

SHIPPED = config.load(Path("deploy/config"))
OWNERS = ("+13525550100", "+18135550101")


def rules(**recipients: tuple[str, ...]) -> MessageRules:
    kinds = {
        kind: settings.model_copy(update={"recipients": recipients[kind.value]})
        if kind.value in recipients
        else settings
        for kind, settings in SHIPPED.messages.kinds.items()
    }
    messages = SHIPPED.messages.model_copy(update={"kinds": kinds})
    return MessageRules(messages=messages, contacts=SHIPPED.contacts, owners=OWNERS)


@pytest.mark.proves("N-1", "N-2")
def test_kinds_have_their_lane_and_time_to_live_from_configuration() -> None:
    sale, confirmation = (rules().policy(kind) for kind in (MessageKind.SALE, MessageKind.CONFIRMATION))
    assert (sale.time_to_live, sale.critical) == (timedelta(hours=1), False)
    assert (confirmation.time_to_live, confirmation.critical) == (None, True)
    assert confirmation.lane < sale.lane


@pytest.mark.proves("N-1", "N-15")
def test_recipients_are_owners_customers_or_people_of_the_contact_book() -> None:
    assert rules().recipients(MessageKind.SALE, Channel.SMS) == OWNERS
    mixed = rules(sale=("owners", "engineering_lead", "operations", "customer"))
    assert mixed.recipients(MessageKind.SALE, Channel.SMS) == (*OWNERS, "+12145550102")
    mails = rules(confirmation=("customer", "operations"))
    found = mails.recipients(MessageKind.CONFIRMATION, Channel.EMAIL, customer="jordan.ellis@example.com")
    assert found == ("jordan.ellis@example.com", "robin@example.com")


@pytest.mark.proves("N-6", "O-13")
def test_numbers_are_read_in_any_form_and_placeholders_refused_at_the_start() -> None:
    values = environment(
        database="postgresql://notifier:x@127.0.0.1/notifier", kafka="127.0.0.1:9092", prefix="", notifier=1, sandbox=2
    )
    settings = NotifierSettings.from_environ({**values, "SMS_TARGET_NUMBERS": "+1-352-555-0100, (813) 555-0101"})
    assert settings.sms_target_numbers == OWNERS
    with pytest.raises(SettingsError, match=r"SMS_TARGET_NUMBERS is wrong.*placeholder"):
        NotifierSettings.from_environ({**values, "SMS_TARGET_NUMBERS": "+1-555-MANAGER"})
