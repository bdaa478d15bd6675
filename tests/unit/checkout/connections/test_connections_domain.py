"""Whether a connection can take payments, and that nothing of it shows a secret (P-2, P-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from chassis.clock import TEST_EPOCH
from chassis.telemetry.masking import mask_value
from checkout.connections.domain import Connection, ConnectionChange, ConnectionSecrets, NewConnection
from checkout.connections.models import ConnectionChangeIn, ConnectionIn, ConnectionOut
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
SECRETS = ConnectionSecrets(pasted={"access_token": SecretStr(TOKEN)}, webhook_secret=SecretStr(WEBHOOK))


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
    new = ConnectionChange(credentials={"access_token": SecretStr("other")}).secrets(SECRETS)
    assert (new.pasted["access_token"].get_secret_value(), new.webhook_secret) == ("other", SECRETS.webhook_secret)


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
