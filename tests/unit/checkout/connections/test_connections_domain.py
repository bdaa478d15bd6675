"""Whether a connection can take payments, and that nothing of it shows a secret (P-2, P-12)."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from chassis.clock import TEST_EPOCH
from chassis.telemetry.masking import mask_value
from checkout.connections.domain import Connection
from checkout.connections.models import ConnectionChangeIn, ConnectionIn, ConnectionOut
from checkout.connections.sealed import ConnectionChange, ConnectionSecrets, NewConnection
from checkout.connections.timing import LOOK_EVERY, next_look, refresh_due
from checkout.processors.accounts import Credentials
from events import ConnectionStatus

pytestmark = pytest.mark.proves("P-2")

CONNECTION = Connection(
    connection_id=12,
    provider_id=7,
    processor="square",
    status=ConnectionStatus.CONNECTED,
    status_since=TEST_EPOCH,
    created_at=TEST_EPOCH,
)
TOKEN, WEBHOOK = "EAAA-not-to-be-seen", "webhook-not-to-be-seen"
REFRESH = "refresh-not-to-be-seen"
CREDENTIALS = Credentials(
    account_id="acc-1", access_token=SecretStr(TOKEN), refresh_token=SecretStr(REFRESH), expires_at=TEST_EPOCH
)
SECRETS = ConnectionSecrets(
    pasted={"access_token": SecretStr(TOKEN)}, credentials=CREDENTIALS, webhook_secret=SecretStr(WEBHOOK)
)


@pytest.mark.parametrize(
    ("changes", "minutes", "issue"),
    [
        ({}, 0, None),
        ({"charges_enabled": True, "details_submitted": True}, 0, None),
        ({"supports_refunds": False}, 0, None),
        ({"status": ConnectionStatus.PENDING}, 15, "connection_pending"),
        ({"status": ConnectionStatus.PENDING}, 16, "connection_pending_too_long"),
        ({"status": ConnectionStatus.ERROR}, 99, "connection_error"),
        ({"status": ConnectionStatus.EXPIRED}, 0, "connection_expired"),
        ({"status": ConnectionStatus.REVOKED}, 0, "connection_revoked"),
        ({"supports_payments": False}, 0, "payments_not_supported"),
        ({"charges_enabled": False}, 0, "charges_disabled"),
        ({"charges_enabled": False, "details_submitted": False}, 0, "details_missing"),
    ],
)
def test_what_keeps_a_connection_from_taking_payments(changes: dict[str, Any], minutes: int, issue: str | None) -> None:
    found = replace(CONNECTION, **changes)
    assert found.issue(TEST_EPOCH + timedelta(minutes=minutes)) == issue
    assert found.healthy is (issue is None)


def test_secrets_come_back_as_they_were() -> None:
    again = ConnectionSecrets.from_bytes(SECRETS.to_bytes())
    assert again == SECRETS
    assert ConnectionSecrets.from_bytes(ConnectionSecrets(pasted={}).to_bytes()) == ConnectionSecrets(pasted={})
    new = ConnectionChange(credentials={"access_token": SecretStr("other")}).secrets(SECRETS)
    assert (new.pasted["access_token"].get_secret_value(), new.webhook_secret) == ("other", SECRETS.webhook_secret)
    assert new.credentials is None, "they were of the account that was pasted before"


def test_what_a_processor_says_is_kept_without_the_secrets_that_it_repeats() -> None:
    said = f"401 UNAUTHORIZED: {TOKEN} and {REFRESH} are not known, {WEBHOOK} neither"
    assert SECRETS.without_secrets(said) == (
        "401 UNAUTHORIZED: [REDACTED] and [REDACTED] are not known, [REDACTED] neither"
    )
    pair = base64.b64encode(f"fullhouse:{TOKEN}".encode()).decode()
    odd = ConnectionSecrets(pasted={"access_token": SecretStr("a b/c")})
    assert SECRETS.without_secrets(f"{pair} is not known, {pair[:9]} is") == f"[REDACTED] is not known, {pair[:9]} is"
    assert odd.without_secrets("?at=a%20b%2Fc") == "?at=[REDACTED]"


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.mark.parametrize(
    ("lifetime", "after"), [(days(30), days(7)), (days(10), days(5)), (days(1 / 24), days(1 / 48))]
)
def test_credentials_are_refreshed_weekly_or_at_half_of_their_life(lifetime: timedelta, after: timedelta) -> None:
    held = replace(CONNECTION, credentials_since=TEST_EPOCH, credentials_expire_at=TEST_EPOCH + lifetime)
    assert refresh_due(held) == TEST_EPOCH + after
    assert refresh_due(replace(held, credentials_expire_at=None)) is None


def test_a_connection_is_looked_at_each_hour_before_its_refresh_and_sooner_after_silence() -> None:
    assert next_look(CONNECTION, TEST_EPOCH) == TEST_EPOCH + LOOK_EVERY
    soon = replace(CONNECTION, credentials_since=TEST_EPOCH, credentials_expire_at=TEST_EPOCH + LOOK_EVERY)
    assert next_look(soon, TEST_EPOCH) == TEST_EPOCH + LOOK_EVERY / 2
    assert next_look(soon, TEST_EPOCH + days(1)) == TEST_EPOCH + days(1), "never in the past"
    pauses = [next_look(replace(CONNECTION, failures=count), TEST_EPOCH) for count in (1, 2, 3, 6, 99)]
    assert [(each - TEST_EPOCH).total_seconds() for each in pauses if each] == [30, 60, 120, 900, 900]
    for status in (ConnectionStatus.ERROR, ConnectionStatus.EXPIRED, ConnectionStatus.REVOKED):
        assert next_look(replace(CONNECTION, status=status), TEST_EPOCH) is None, "a person must do something"


def test_no_object_with_a_secret_shows_it() -> None:
    pasted = {"access_token": TOKEN}
    body = ConnectionIn(provider=7, processor="square", credentials=pasted, webhook_secret=WEBHOOK)
    change = ConnectionChangeIn(credentials=pasted, webhook_secret=WEBHOOK)
    wanted: NewConnection = body.wanted(7)
    for each in (SECRETS, body, change, wanted, change.change()):
        for said in (repr(each), str(each), str(mask_value(each)), f"{each!r}"):
            assert TOKEN not in said
            assert WEBHOOK not in said


def test_an_answer_reads_redacted() -> None:
    shown = ConnectionOut.of(replace(CONNECTION, has_webhook_secret=True), now=TEST_EPOCH)
    assert (shown.credentials, shown.webhook_secret) == ("[REDACTED]", "[REDACTED]")
    assert ConnectionOut.of(CONNECTION, now=TEST_EPOCH).webhook_secret is None
