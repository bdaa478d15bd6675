from __future__ import annotations

import base64
import secrets
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import SecretStr

from chassis.keys import SigningKey
from chassis.settings import (
    DatabaseSettings,
    KafkaSettings,
    Mode,
    PagerDutySettings,
    PublicUrlSettings,
    SendGridSettings,
    ServiceSettings,
    SettingsError,
    SlackSettings,
    StripeSettings,
    TicketSigningSettings,
    TimeZoneSettings,
    TokenSigningSettings,
    TwilioSettings,
    exit_when_misconfigured,
)
from tests.unit.chassis.samples import ENVIRON, sample_settings


class Everything(
    ServiceSettings,
    DatabaseSettings,
    KafkaSettings,
    PublicUrlSettings,
    StripeSettings,
    TwilioSettings,
    SendGridSettings,
    SlackSettings,
    PagerDutySettings,
    TicketSigningSettings,
    TokenSigningSettings,
    TimeZoneSettings,
):
    service: ClassVar[str] = "checkout"


TICKET_KEY = SigningKey.generate("tickets-1")
SANDBOX = {
    **ENVIRON,
    "DATABASE_URL": "postgresql://u:p@127.0.0.1/checkout",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092, 127.0.0.1:9093",
    "PUBLIC_URL": "http://127.0.0.1:8000/",
    "SANDBOX_URL": "http://127.0.0.1:8090/",
    "TICKET_SIGNING_KEY": TICKET_KEY.export(),
    "AUTH_SIGNING_KEY": TICKET_KEY.export(),
}
ISSUER = "https://login.example.com"
OIDC = {"OIDC_ISSUER": ISSUER, "OIDC_AUDIENCE": "desk", "OIDC_ROLES": "owners=admin,desk=operator"}
LIVE = {
    **{name: value for name, value in SANDBOX.items() if name != "SANDBOX_URL"},
    "FULLHOUSE_MODE": "live",
    "PUBLIC_URL": "https://tickets.example.com",
    "BUSINESS_TIMEZONE": "America/Chicago",
    "METRICS_TOKEN": "b2d94e61f07a3c58e61d",
    "SERVICE_TOKEN_KEY": "5c1f0b9e7a3d48268e94d7c0b1a6f352",
    "STRIPE_SECRET_KEY": "sk_live_51Hq8vKzR3nWx0TbY",
    "STRIPE_WEBHOOK_SECRET": "whsec_Qm7tZ4vK1xN8bR3y, whsec_u2Wc9LdF6sHj0pXe",
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "8d02c7e4f6b1953a0c4ee7d19b25a86f",
    "TWILIO_PHONE_NUMBER": "+1-352-555-0199",
    "SMS_TARGET_NUMBERS": "+1-352-555-0100,+1-813-555-0101",
    "SENDGRID_API_KEY": "SG.k3Vn8sYq1w.Zr7Ht2Lx5Jd",
    "SENDGRID_FROM_EMAIL": "tickets@example.com",
    "SENDGRID_FROM_NAME": "6FB Workshops",
}


def sentences(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as failed:
        Everything.from_environ(environ)
    return str(failed.value).splitlines()


@pytest.mark.proves("O-13")
def test_sandbox_stands_in_for_vendors_that_are_not_set() -> None:
    settings = Everything.from_environ(SANDBOX)
    assert settings.mode is Mode.SANDBOX
    assert settings.stripe_api_url == "http://127.0.0.1:8090/stripe"
    assert settings.twilio_api_url == "http://127.0.0.1:8090/twilio"
    assert settings.sendgrid_api_url == "http://127.0.0.1:8090/sendgrid"
    assert settings.slack_api_url == "http://127.0.0.1:8090/slack"
    hook = settings.slack_webhooks["general"].get_secret_value()
    assert hook == "http://127.0.0.1:8090/slack/services/TSANDBOX00/BSANDBOX00/sandbox"
    assert settings.pagerduty_events_url == "http://127.0.0.1:8090/pagerduty"
    assert settings.kafka_bootstrap_servers == ("127.0.0.1:9092", "127.0.0.1:9093")
    assert settings.public_url == "http://127.0.0.1:8000"


@pytest.mark.proves("O-13")
def test_a_vendor_of_ones_own_is_used_beside_the_sandbox() -> None:
    settings = Everything.from_environ({**SANDBOX, "STRIPE_SECRET_KEY": "sk_test_51abc"})
    assert settings.stripe_api_url == "https://api.stripe.com"
    assert settings.twilio_api_url == "http://127.0.0.1:8090/twilio"


@pytest.mark.proves("O-13")
def test_live_has_everything_of_its_own() -> None:
    settings = Everything.from_environ(LIVE)
    assert settings.stripe_livemode
    assert settings.stripe_api_url == "https://api.stripe.com"
    assert [secret.get_secret_value() for secret in settings.stripe_webhook_secret] == LIVE[
        "STRIPE_WEBHOOK_SECRET"
    ].split(", ")
    assert settings.sms_target_numbers == ("+13525550100", "+18135550101")
    assert (settings.slack_webhooks, settings.pagerduty_events_url) == ({}, "https://events.pagerduty.com")
    assert str(settings.business_timezone) == "America/Chicago"


@pytest.mark.proves("O-9")
def test_of_what_has_two_ends_there_may_be_two_during_a_rotation() -> None:
    long = ["5c1f0b9e7a3d48268e94d7c0b1a6f352", "b1a6f3525c1f0b9e7a3d48268e94d7c0"]
    two = {
        **dict.fromkeys(("SERVICE_TOKEN_KEY", "METRICS_TOKEN", "TWILIO_AUTH_TOKEN", "SLACK_SIGNING_SECRET"), long),
        "PAGERDUTY_WEBHOOK_SECRET": long,
        "SENDGRID_WEBHOOK_PUBLIC_KEY": long,
        "STRIPE_WEBHOOK_SECRET": [f"whsec_{each}" for each in long],
        "AUTH_SIGNING_KEY": [SigningKey.generate(key_id).export() for key_id in ("a2", "a1")],
        "TICKET_SIGNING_KEY": [SigningKey.generate(key_id).export() for key_id in ("t2", "t1")],
    }
    settings = Everything.from_environ({**LIVE, **{name: ", ".join(both) for name, both in two.items()}})
    assert {name: [_plain(each) for each in getattr(settings, name.lower())] for name in two} == two


def _plain(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value.export() if isinstance(value, SigningKey) else value


@pytest.mark.proves("O-13")
@pytest.mark.parametrize("mode", ["test", "live"])
def test_outside_the_sandbox_nothing_is_guessed(mode: str) -> None:
    bare = {name: value for name, value in SANDBOX.items() if name != "SANDBOX_URL"}
    found = sentences({**bare, "FULLHOUSE_MODE": mode, "PUBLIC_URL": "https://tickets.example.com"})
    missing = {line.split()[0] for line in found}
    assert {"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "TWILIO_ACCOUNT_SID", "SENDGRID_API_KEY"} <= missing
    assert all("Set it" in line for line in found)


@pytest.mark.proves("O-13")
@pytest.mark.parametrize(
    ("base", "change", "sentence"),
    [
        (SANDBOX, {"FULLHOUSE_MODE": ""}, "FULLHOUSE_MODE is not set. It holds the mode: sandbox, test or live."),
        (SANDBOX, {"FULLHOUSE_MODE": "prod"}, "FULLHOUSE_MODE is wrong"),
        (SANDBOX, {"SANDBOX_URL": ""}, "SANDBOX_URL is not set"),
        (SANDBOX, {"PUBLIC_URL": "http://tickets.example.com"}, "must begin with https://"),
        (SANDBOX, {"STRIPE_SECRET_KEY": "sk_live_abc"}, "in sandbox mode it must be a key sk_test_"),
        (LIVE, {"STRIPE_SECRET_KEY": "sk_test_abc"}, "in live mode it must be a key sk_live_"),
        (LIVE, {"FULLHOUSE_MODE": "test"}, "in test mode it must be a key sk_test_"),
        (LIVE, {"STRIPE_WEBHOOK_SECRET": "secret"}, "STRIPE_WEBHOOK_SECRET is wrong"),
        (LIVE, {"SANDBOX_URL": "http://127.0.0.1:8090"}, "SANDBOX_URL is set in live mode"),
        (LIVE, {"TWILIO_ACCOUNT_SID": "ACfeed0000" + "0" * 24}, "it is the sandbox's"),
        (LIVE, {"SENDGRID_API_KEY": "SG.sandbox.sandbox"}, "it is the sandbox's"),
        (LIVE, {"SLACK_BOT_TOKEN": "xoxp-1"}, "begins with xoxb-"),
        (LIVE, {"SLACK_BOT_TOKEN": "xoxb-sandbox"}, "it is the sandbox's"),
        (LIVE, {"SLACK_PAYMENTS_WEBHOOK": "https://hooks.slack.com/services/TSANDBOX00/B/x"}, "it is the sandbox's"),
        (LIVE, {"PAGERDUTY_ROUTING_KEY": "sandbox" + "0" * 25}, "it is the sandbox's"),
        (LIVE, {"PUBLIC_URL": "http://127.0.0.1:8000"}, "must begin with https://"),
        (LIVE, {"SMS_TARGET_NUMBERS": "+1-555-MANAGER"}, "placeholder"),
        (LIVE, {"SMS_TARGET_NUMBERS": "555-0123"}, "nobody's number"),
        (LIVE, {"BUSINESS_TIMEZONE": "Mars/Olympus"}, "America/New_York"),
        (LIVE, {"PORT": "many"}, "PORT is wrong"),
        (LIVE, {"AUTH_PUBLIC_KEYS": "a:c2hvcnQ="}, "the key a has 5 bytes"),
        (LIVE, {"TICKET_SIGNING_KEY": "nonsense"}, "keyid:base64"),
        (LIVE, {"TICKET_SIGNING_KEY": f"{LIVE['TICKET_SIGNING_KEY']}," * 2}, "two keys have the same id"),
        (LIVE, {"DATABASE_URL": "mysql://x"}, "postgresql://"),
        (LIVE, {"SERVICE_TOKEN_KEY": "short"}, "SERVICE_TOKEN_KEY is wrong"),
        (LIVE, {"SERVICE_TOKEN_KEY": f"{LIVE['SERVICE_TOKEN_KEY']},short"}, "SERVICE_TOKEN_KEY is wrong"),
        (LIVE, {"METRICS_TOKEN": ""}, "METRICS_ALLOWED_NETWORKS"),
        (LIVE, {"METRICS_ALLOWED_NETWORKS": "everywhere"}, "METRICS_ALLOWED_NETWORKS is wrong"),
        (LIVE, {"OIDC_ISSUER": ISSUER, "OIDC_ROLES": "owners=admin"}, "set OIDC_AUDIENCE and OIDC_ROLES as well"),
        (LIVE, {"OIDC_ISSUER": ISSUER, "OIDC_AUDIENCE": "desk"}, "set OIDC_AUDIENCE and OIDC_ROLES as well"),
        (LIVE, {**OIDC, "OIDC_ISSUER": "http://127.0.0.1:9000"}, "OIDC_ISSUER is wrong: it must begin with https://"),
        (SANDBOX, {**OIDC, "OIDC_ISSUER": "http://login.example.com"}, "it must begin with https://"),
        (LIVE, {**OIDC, "OIDC_ROLES": "owners"}, "write each as value=role"),
        (LIVE, {**OIDC, "OIDC_ROLES": "owners=root"}, "write each as value=role"),
        (LIVE, {**OIDC, "OIDC_ROLES": "studios=provider"}, "a role of viewer, operator or admin"),
        (LIVE, {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "set KAFKA_SASL_MECHANISM"),
    ],
)
def test_wrong_values_are_one_sentence_each(base: dict[str, str], change: dict[str, str], sentence: str) -> None:
    found = sentences({**base, **change})
    assert len(found) == 1
    assert sentence in found[0]


@pytest.mark.proves("O-13")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"STRIPE_WEBHOOK_SECRET": "whsec_sandbox"}, "it is the sandbox's"),
        ({"STRIPE_WEBHOOK_SECRET": f"{LIVE['STRIPE_WEBHOOK_SECRET']}, whsec_sandbox"}, "it is the sandbox's"),
        ({"SLACK_SIGNING_SECRET": "sandbox"}, "it is the sandbox's"),
        ({"TWILIO_AUTH_TOKEN": "token"}, "it is too short"),
        ({"METRICS_TOKEN": "x"}, "it is too short"),
        ({"SERVICE_TOKEN_KEY": "a" * 32}, "it is too regular"),
        ({"SERVICE_TOKEN_KEY": "correct-" * 4}, "it is too regular"),
        ({"SERVICE_TOKEN_KEY": "abcdefghijklmnopqrstuvwxyz012345"}, "it is too regular"),
        ({"SERVICE_TOKEN_KEY": f"{LIVE['SERVICE_TOKEN_KEY']},{'a' * 32}"}, "it is too regular"),
        ({"TICKET_SIGNING_KEY": f"k1:{base64.b64encode(bytes(32)).decode()}"}, "it is too regular"),
    ],
)
def test_live_mode_refuses_what_anybody_could_guess(change: dict[str, str], sentence: str) -> None:
    found = sentences({**LIVE, **change})
    assert len(found) == 1
    assert found[0].startswith(f"{next(iter(change))} is wrong: {sentence}")


def test_secrets_that_were_drawn_are_taken() -> None:
    for _ in range(200):
        drawn = {**LIVE, "SERVICE_TOKEN_KEY": secrets.token_hex(32), "METRICS_TOKEN": secrets.token_hex(16)}
        Everything.from_environ(drawn | {"TWILIO_AUTH_TOKEN": secrets.token_urlsafe(16)})


def test_sentences_never_repeat_a_secret() -> None:
    environ = {**LIVE, "STRIPE_SECRET_KEY": "sk_test_verysecret", "TICKET_SIGNING_KEY": "k1:dmVyeXNlY3JldA=="}
    text = "\n".join(sentences(environ))
    assert "verysecret" not in text
    assert "dmVyeXNlY3JldA" not in text


def test_settings_never_show_a_secret() -> None:
    settings = Everything.from_environ(LIVE)
    shown = f"{settings!r} {settings}"
    for secret in (LIVE["STRIPE_SECRET_KEY"], "whsec_Qm7", "u:p@", "SG.k3", TICKET_KEY.export().split(":")[1]):
        assert secret not in shown


def test_a_file_may_hold_the_value(tmp_path: Path) -> None:
    file = tmp_path / "stripe"
    file.write_text("sk_live_From0a9File8b7Of6c5Mine\n", encoding="utf-8")
    environ = {**LIVE, "STRIPE_SECRET_KEY_FILE": str(file)}
    del environ["STRIPE_SECRET_KEY"]
    assert Everything.from_environ(environ).stripe_secret_key.get_secret_value() == "sk_live_From0a9File8b7Of6c5Mine"
    assert "can't be read" in sentences({**environ, "STRIPE_SECRET_KEY_FILE": str(tmp_path / "none")})[0]
    file.write_text("\n")
    assert sentences(environ)[0].startswith("STRIPE_SECRET_KEY is not set."), "an empty file holds no value"


def test_the_services_own_database_comes_first() -> None:
    environ = {**SANDBOX, "DATABASE_URL_CHECKOUT": "postgresql://own", "DATABASE_URL_INVENTORY": "postgresql://other"}
    assert Everything.from_environ(environ).database_url.get_secret_value() == "postgresql://own"


def test_the_processs_own_environment_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_TOKEN", "from outside")
    environ = {**SANDBOX, "METRICS_TOKEN": "", "METRICS_ALLOWED_NETWORKS": "10.0.0.0/8"}
    assert Everything.from_environ(environ).metrics_token == ()


def test_misconfiguration_ends_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped, exit_when_misconfigured():
        Everything.from_environ({})
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("FULLHOUSE_MODE is not set.")


@pytest.mark.parametrize("written", ["www.example.com", "https://www.example.com/shop", "*", "ftp://www.example.com"])
def test_what_is_no_origin_is_refused_at_the_start(written: str) -> None:
    with pytest.raises(SettingsError, match="is no origin"):
        sample_settings(CORS_ORIGINS=written)


@pytest.mark.proves("N-6")
def test_numbers_without_a_country_code_are_of_the_business_s_country() -> None:
    here = Everything.from_environ(
        {**LIVE, "BUSINESS_TIMEZONE": "Europe/London", "SMS_TARGET_NUMBERS": "020 7946 0123"}
    )
    assert here.sms_target_numbers == ("+442079460123",)
