"""Fingerprints tell that a variable has changed, and nothing of its value."""

from __future__ import annotations

import pytest

from chassis.keys import SigningKey
from chassis.settings.fingerprints import changed, fingerprints
from tests.unit.chassis.samples import host_settings

OTHERS = {
    "SLACK_SIGNING_SECRET": "another secret",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092,127.0.0.1:9093",
    "AUTH_PUBLIC_KEYS": SigningKey.generate("auth-2").public_keys().export(),
    "METRICS_ALLOWED_NETWORKS": "10.0.0.0/8",
    "OIDC_ROLES": "owners=admin",
}


def of(**variables: str) -> dict[str, str]:
    return fingerprints(host_settings(**variables))


@pytest.mark.proves("O-2")
@pytest.mark.parametrize(("name", "value"), OTHERS.items(), ids=OTHERS)
def test_a_changed_variable_is_named(name: str, value: str) -> None:
    assert changed(of(), of(**{name: value})) == [name]


def test_the_same_values_are_the_same_however_they_are_written() -> None:
    again = of(KAFKA_BOOTSTRAP_SERVERS=" 127.0.0.1:9092 ", PORT="8001", FULLHOUSE_SLOT="3")
    assert changed(of(), again) == []


def test_a_changed_key_leaves_nothing_to_compare() -> None:
    assert changed(of(), of(SERVICE_TOKEN_KEY="z" * 32, SLACK_SIGNING_SECRET="another")) == ["SERVICE_TOKEN_KEY"]


def test_variables_that_one_side_does_not_know_are_left_out() -> None:
    before = of()
    del before["SLACK_SIGNING_SECRET"]
    assert changed(before, of(SLACK_SIGNING_SECRET="another")) == []


def test_no_value_can_be_read() -> None:
    told = str(of(SLACK_SIGNING_SECRET="a-secret-to-keep"))
    assert "secret-to-keep" not in told
    assert "127.0.0.1" not in told
