"""`fullhouse doctor` on the whole stack: green when all is well; what is broken is named, with the way out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

import pytest
from typer.testing import CliRunner

from checkout.routing.watched import ROUTES, TABLES
from cli.main import app
from stack import databases, environment
from tests.fixtures.stack import WholeStack

pytestmark = [pytest.mark.stack, pytest.mark.proves("O-2")]

# Other tests on this stack may leave an alert open.
_OTHERS: Final = frozenset({"alerts"})
_NEWEST: Final = "0070"
_PATIENCE_SECONDS: Final = 60


def examined(stack: WholeStack, *words: str, **changes: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """In this process, with the installation's environment and `changes`: a process for each costs a second."""
    environ = {**environment.of_operator(stack.layout), **changes}
    done = CliRunner().invoke(app, ["doctor", *words, "--json"], env=environ)
    assert done.stdout, done.output or done.exception
    return done.exit_code, {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def green(stack: WholeStack, *words: str, **changes: str) -> dict[str, dict[str, Any]]:
    """Until nothing is wrong: another test may have ended with a part that was just started again."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        _, checks = examined(stack, *words, **changes)
        ill = [each for each in checks.values() if each["state"] == "wrong" and each["name"] not in _OTHERS]
        if not ill or time.monotonic() > deadline:
            assert ill == []
            return checks


def test_all_is_well_after_a_start(everything_runs: WholeStack) -> None:
    checks = green(everything_runs)
    assert "the sandbox stands in for Stripe, Twilio, SendGrid" in checks["variables"]["detail"]
    assert "the sandbox stands in" in checks["stripe"]["detail"]
    assert checks["sms targets"]["detail"].startswith("2 ")
    assert " GA(" in checks["stock"]["detail"]
    assert checks["payment tables"]["detail"] == f"{len(TABLES)} can be read"
    assert checks["payment endpoints"]["detail"] == f"{len(ROUTES)} answer"
    assert checks["commission"]["detail"] == "0 failed in 7 days, 0 under way"


def test_all_is_well_from_outside_without_any_variable(everything_runs: WholeStack) -> None:
    bare = dict.fromkeys(environment.values(everything_runs.layout), "")
    checks = green(everything_runs, "--url", everything_runs.gateway_url, **bare, STATE="/nonexistent")
    assert checks["closed paths"]["state"] == "well"
    assert checks["webhooks"]["detail"].startswith("7 are there")


@contextmanager
def a_missing_migration(stack: WholeStack) -> Iterator[None]:
    url = stack.database_url("monitor")
    databases.sql(url, f"DELETE FROM schema_migrations WHERE version = '{_NEWEST}'")
    try:
        yield
    finally:
        databases.sql(url, f"INSERT INTO schema_migrations VALUES ('{_NEWEST}')")


@contextmanager
def stripe_fails(stack: WholeStack) -> Iterator[None]:
    faults = f"{stack.sandbox_url}/_sandbox/faults"
    body = json.dumps({"vendor": "stripe", "operation": "account.retrieve", "kind": "error", "status": 503}).encode()
    send("POST", faults, body)
    try:
        yield
    finally:
        send("DELETE", faults)


@contextmanager
def a_pause(stack: WholeStack) -> Iterator[None]:
    stack.fullhouse("maintenance", "start", "--reason", "We move.")
    try:
        yield
    finally:
        stack.fullhouse("maintenance", "end")


def send(method: str, url: str, body: bytes | None = None) -> None:
    with urlopen(Request(url, body, {"Content-Type": "application/json"}, method=method), timeout=10):  # noqa: S310
        pass


def with_part(url: str, **parts: str) -> str:
    return urlunsplit(urlsplit(url)._replace(**parts))


def at_port(url: str, port: int) -> str:
    before = urlsplit(url)
    return with_part(url, netloc=before.netloc.replace(f":{before.port}", f":{port}"))


def own_config(_: WholeStack, folder: Path) -> dict[str, str]:
    (folder / "brand.yaml").write_text("name: 3\n")
    return {"CONFIG_DIR": str(folder)}


def wrong_password(stack: WholeStack, _: Path) -> dict[str, str]:
    url = stack.database_url("checkout")
    return {"DATABASE_URL_CHECKOUT": url.replace(str(urlsplit(url).password), "forgotten")}


Changes = Callable[[WholeStack, Path], Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A thing that is broken on purpose.

    changes: variables that are other than the installation's
    breaking: breaks the installation itself for a while
    check: who finds it
    names: what the check says of it
    way_out: what it says to do
    state: how bad it is
    """

    changes: Changes = lambda _stack, _folder: {}
    breaking: Callable[[WholeStack], AbstractContextManager[None]] = lambda _stack: nullcontext()
    check: str
    names: str
    way_out: str
    state: str = "wrong"


def set_to(**changes: str) -> Changes:
    return lambda _stack, _folder: changes


BROKEN: Final = {
    "no mode": Broken(
        changes=set_to(FULLHOUSE_MODE=""), check="variables", names="FULLHOUSE_MODE is not set", way_out="restart"
    ),
    "a live key in sandbox mode": Broken(
        changes=set_to(STRIPE_SECRET_KEY="sk_live_51H"),
        check="variables",
        names="STRIPE_SECRET_KEY is wrong",
        way_out="restart checkout",
    ),
    "a number that is none": Broken(
        changes=set_to(SMS_TARGET_NUMBERS="somebody"),
        check="sms targets",
        names="SMS_TARGET_NUMBERS is wrong",
        way_out="docs/configuration.md",
    ),
    "a secret's file that is missing": Broken(
        changes=set_to(TWILIO_AUTH_TOKEN="", TWILIO_AUTH_TOKEN_FILE="/nonexistent/token"),
        check="variables",
        names="TWILIO_AUTH_TOKEN_FILE names /nonexistent/token",
        way_out="restart notifier",
    ),
    "a variable that waits for a restart": Broken(
        changes=set_to(OPEN_SEATS_PER_BUYER="3"),
        check="last start",
        names="checkout: OPEN_SEATS_PER_BUYER",
        way_out="Restart checkout",
        state="note",
    ),
    "a file of the business": Broken(
        changes=own_config, check="files", names="brand.yaml:1", way_out="running services keep the old"
    ),
    "a database's password": Broken(
        changes=wrong_password, check="checkout database", names="refuses us", way_out="DATABASE_URL_CHECKOUT"
    ),
    "a database's port": Broken(
        changes=lambda stack, _: {"DATABASE_URL_INVENTORY": at_port(stack.database_url("inventory"), 9)},
        check="inventory database",
        names="does not answer",
        way_out="DATABASE_URL_INVENTORY",
    ),
    "a database's name": Broken(
        changes=lambda stack, _: {"DATABASE_URL_NOTIFIER": with_part(stack.database_url("notifier"), path="/nowhere")},
        check="notifier database",
        names="nowhere",
        way_out="DATABASE_URL_NOTIFIER",
    ),
    "a migration": Broken(
        breaking=a_missing_migration,
        check="monitor database",
        names=f"missing: {_NEWEST}",
        way_out="fullhouse migrate monitor",
    ),
    "Kafka's address": Broken(
        changes=set_to(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:9"),
        check="topics",
        names="Kafka does not answer",
        way_out="make status",
    ),
    "Kafka's password": Broken(
        changes=set_to(KAFKA_SASL_PASSWORD="forgotten"), check="topics", names="refuses", way_out="make status"
    ),
    "Kafka's topics": Broken(
        changes=set_to(KAFKA_TOPIC_PREFIX="elsewhere."),
        check="topics",
        names="not as planned: elsewhere.activity",
        way_out="fullhouse topics check",
    ),
    "Stripe's key": Broken(
        changes=set_to(STRIPE_SECRET_KEY="sk_test_sandbox000"),
        check="stripe",
        names="Stripe refuses STRIPE_SECRET_KEY",
        way_out="restart checkout",
    ),
    "Stripe itself": Broken(
        breaking=stripe_fails,
        check="stripe",
        names="Stripe is in trouble (HTTP 503)",
        way_out="https://status.stripe.com",
    ),
    "the address of Stripe's webhooks": Broken(
        changes=lambda stack, _: {"PUBLIC_URL": stack.gateway_url.replace("127.0.0.1", "localhost")},
        check="stripe",
        names="none of 1 at Stripe is http://localhost",
        way_out="STRIPE_WEBHOOK_SECRET",
    ),
    "Twilio's token": Broken(
        changes=set_to(TWILIO_AUTH_TOKEN="forgotten"), check="twilio", names="TWILIO_AUTH_TOKEN", way_out="notifier"
    ),
    "SendGrid's key": Broken(
        changes=set_to(SENDGRID_API_KEY="SG.sandbox.forgotten"),
        check="sendgrid",
        names="SendGrid refuses SENDGRID_API_KEY",
        way_out="restart notifier",
    ),
    "Slack's token": Broken(
        changes=set_to(SLACK_BOT_TOKEN="xoxb-sandbox-forgotten"),
        check="slack",
        names="SLACK_BOT_TOKEN: invalid_auth",
        way_out="restart notifier",
    ),
    "Slack's webhook": Broken(
        changes=set_to(SLACK_WEBHOOK_URL="https://hooks.slack.com/services/TSANDBOX00/BSANDBOX00/forgotten"),
        check="slack",
        names="the webhook of general is refused",
        way_out="Incoming Webhooks",
    ),
    "PagerDuty's key": Broken(
        changes=set_to(PAGERDUTY_ROUTING_KEY="sandbox" + "f" * 25),
        check="pagerduty",
        names="PagerDuty refuses PAGERDUTY_ROUTING_KEY",
        way_out="integration key",
    ),
    "the gateway": Broken(
        changes=set_to(PUBLIC_URL="http://127.0.0.1:9"),
        check="endpoints",
        names="the gateway does not answer",
        way_out="make status",
    ),
    "a name": Broken(
        changes=set_to(PUBLIC_URL=f"https://{'a' * 64}.example.com"), check="dns", names="no address", way_out="record"
    ),
    "TLS": Broken(
        changes=lambda stack, _: {"PUBLIC_URL": stack.gateway_url.replace("http:", "https:")},
        check="certificate",
        names="does not speak TLS",
        way_out="Let TLS end",
    ),
    "purchases": Broken(
        breaking=a_pause, check="maintenance", names="We move.", way_out="fullhouse maintenance end", state="note"
    ),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_named_with_the_way_out(stack: WholeStack, tmp_path: Path, broken: Broken) -> None:
    with broken.breaking(stack):
        code, checks = examined(stack, broken.check, **broken.changes(stack, tmp_path))
    found = checks[broken.check]
    assert (found["state"], code) == (broken.state, int(broken.state == "wrong"))
    assert broken.names in found["detail"]
    assert broken.way_out in found["remedy"]
