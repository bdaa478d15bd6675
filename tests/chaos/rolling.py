"""What a rotation of secrets is made of: all that is replaced while people buy, and what is looked at (L-10, O-9)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from chassis.keys import PublicKeys, SigningKey
from chassis.tickets import TicketInvalid, TicketVerifier
from stack import environment
from stack.layout import SERVICES
from tests.chaos.campaign import Campaign, Verdict
from tests.fixtures import command_line
from tests.fixtures.scratch import CITY
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.hands import bought, order_of
from tests.integration.playbooks.rehearsal import until

ORDERS = 25
SECRETS = ("SERVICE_TOKEN_KEY", "TICKET_SIGNING_KEY", "AUTH_SIGNING_KEY")
SECONDS = 60.0
VENDORS_SECRETS = ("STRIPE_WEBHOOK_SECRET", "SLACK_SIGNING_SECRET", "PAGERDUTY_WEBHOOK_SECRET")
# Somebody comes too late for the last seats: an answer, and no failure.
# A second press is told so after 10 s, where a slow machine takes longer for the first one (C-1).
ANSWERS = {"409 sold_out", "409 in_progress"}


async def rolled(stack: WholeStack, seed: int) -> Verdict:
    """Everything that is replaced is replaced while people buy."""
    campaign = Campaign(stack=stack, seed=seed, kills=0, orders=ORDERS, say=print)
    # Whoever comes first has a ticket of the old key, and whoever comes last one of the new.
    deeds = {
        "sell a ticket": lambda: sold(stack, "first@example.com"),
        "rotate": lambda: stack.fullhouse("secrets", "rotate", *SECRETS),
        "sell another": lambda: sold(stack, "last@example.com"),
    }
    return await campaign.roll(deeds, seconds=SECONDS)


def sold(stack: WholeStack, email: str) -> str:
    """Returns when the order has its tickets."""
    order = bought(stack, email, city=CITY)
    return until(lambda: str(order_of(stack, order)["state"]), "paid")


def put_new_before_old(stack: WholeStack) -> None:
    """From the first restart on services know another secret, too, while the vendors go on signing with the old one."""
    values = environment.read(stack.layout.env_file)
    new = {name: f"whsec_{secrets.token_hex(16)},{values[name]}" for name in VENDORS_SECRETS}
    environment.write(stack.layout.env_file, {**values, **new})


def require_rotated(stack: WholeStack, before: Mapping[str, str]) -> None:
    """The new value is used, and the old one accepted for as long as what it made is shown."""
    values = {name: stack.value(name).split(",") for name in SECRETS}
    assert not {name for name, (used, *_) in values.items() if used == before[name]}
    assert {name: old for name, (_, *old) in values.items()} == {name: [before[name]] for name in SECRETS}
    listed = json.loads(stack.fullhouse("secrets", "list", "--json"))
    known = {(each["name"], each["used"]): each for each in listed["data"]}
    assert set(known["SERVICE_TOKEN_KEY", True]["services"]) == set(SERVICES)
    assert ("AUTH_SIGNING_KEY", False) in known
    audited = json.loads(stack.fullhouse("audit", "--action", "secret_rotated", "--json"))["data"]
    assert [row["target"] for row in audited].count("secret:SERVICE_TOKEN_KEY") == 2


def require_told(stack: WholeStack, folder: Path) -> None:
    """Whoever keeps the values on another platform is told what to set, as far as the services have come."""
    elsewhere = {**environment.of_operator(stack.layout), "STATE": str(folder / "none")}
    words = ("secrets", "rotate", "AUTH_SIGNING_KEY", "TICKET_SIGNING_KEY", "--to")
    done = command_line.fullhouse(*words, str(folder / "values"), environ=elsewhere)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "AUTH_SIGNING_KEY: nothing to do: what the old value made is good until" in said
    assert "TICKET_SIGNING_KEY: let all accept a new value: set TICKET_SIGNING_KEY of checkout to what" in said
    assert "Restart checkout, inventory" in said
    put = (folder / "values" / "TICKET_SIGNING_KEY").read_text().split(",")
    assert (put[0], len(put)) == (stack.value("TICKET_SIGNING_KEY").split(",")[0], 3)


def require_old_tickets(stack: WholeStack, codes: Sequence[str]) -> None:
    """Tickets of both keys are there, and both are valid at the door."""
    verifier = TicketVerifier(PublicKeys.parse(stack.value("TICKET_PUBLIC_KEYS")))
    new, *_ = SigningKey.parse_all(stack.value("TICKET_SIGNING_KEY"))
    only_new = TicketVerifier(new.public_keys())
    for code in codes:
        verifier.verify(code)
    assert 0 < sum(valid(only_new, code) for code in codes) < len(codes)


def valid(verifier: TicketVerifier, code: str) -> bool:
    try:
        verifier.verify(code)
    except TicketInvalid:
        return False
    return True
