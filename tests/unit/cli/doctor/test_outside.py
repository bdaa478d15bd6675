"""What strangers get of an installation, and what they don't: judged as the doctor sees it from outside."""

from __future__ import annotations

from typing import Any, Final

import pytest

from cli.doctor import outside
from cli.doctor.asking import Answer
from cli.doctor.check import Finding, State

PUBLIC: Final[dict[str, Any]] = {
    "brand": {"name": "6FB Workshops"}, "mode": "test", "cities": [{}, {}], "maintenance": {"enabled": False},
}  # fmt: skip
SAFE: Final = {
    "content-security-policy": "default-src 'self'; object-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=31536000",
}
CLOSED: Final = {"/livez": 404, "/internal": 404, "/api/metrics": 403, "/api/operations": 401}


def answer(status: int, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, text="", seconds=0.1)


BROKEN: Final = {
    "a page that can be read without encryption": (outside.redirection_judged(answer(200)), "200", "redirect"),
    "a header that something removed": (
        outside.headers_judged({**SAFE, "content-security-policy": ""}, secure=True),
        "content-security-policy",
        "before the gateway",
    ),
    "a door that is open": (outside.doors_judged({**CLOSED, "/api/metrics": 200}), "/api/metrics 200", "Close"),
    "a webhook address that takes anything": (
        outside.webhooks_judged({"/api/webhooks/stripe": 200}),
        "/api/webhooks/stripe",
        "fullhouse maintenance start",
    ),
    "a webhook address that nobody reaches": (
        outside.webhooks_judged({"/api/webhooks/stripe": 400, "/api/webhooks/sendgrid": 404}),
        "/api/webhooks/sendgrid",
        "routes.toml",
    ),
    "a catalogue that is empty": (outside.configuration_judged(503, {}), "503", "fullhouse catalogue load"),
}


@pytest.mark.proves("O-2")
@pytest.mark.parametrize(("finding", "names", "way_out"), BROKEN.values(), ids=BROKEN)
def test_the_broken_thing_is_named_with_the_way_out(finding: Finding, names: str, way_out: str) -> None:
    assert finding.state is State.WRONG
    assert names in finding.detail
    assert way_out in finding.remedy


NOTED: Final = {
    "a pause seen from outside": outside.configuration_judged(200, {**PUBLIC, "maintenance": {"enabled": True}}),
    "a door that is closed in another way": outside.doors_judged({**CLOSED, "/livez": 503}),
    "a gateway that names itself": outside.headers_judged({**SAFE, "server": "nginx/1.25"}, secure=True),
}


@pytest.mark.proves("O-2")
@pytest.mark.parametrize("finding", NOTED.values(), ids=NOTED)
def test_what_is_not_broken_and_should_be_known_is_a_note(finding: Finding) -> None:
    assert finding.state is State.NOTE
    assert finding.remedy


WELL: Final = {
    "public configuration": outside.configuration_judged(200, PUBLIC),
    "redirection": outside.redirection_judged(answer(308, location="https://tickets.example.com/")),
    "headers": outside.headers_judged(SAFE, secure=True),
    "headers on loopback": outside.headers_judged({**SAFE, "strict-transport-security": ""}, secure=False),
    "doors": outside.doors_judged(CLOSED),
    "webhooks": outside.webhooks_judged({"/api/webhooks/stripe": 400, "/api/webhooks/slack": 401}),
}


@pytest.mark.proves("O-2")
@pytest.mark.parametrize("finding", WELL.values(), ids=WELL)
def test_what_is_as_it_should_be_needs_nothing(finding: Finding) -> None:
    assert (finding.state, finding.remedy) == (State.WELL, "")
