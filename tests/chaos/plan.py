"""What will be broken, and when: all of it follows from the seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from stack.layout import SERVICES
from stack.supervision import STORES

# Named points at which a service dies by its own hand, and the services that pass there.
POINTS = (
    ("checkout", "checkout.after_hold"),
    ("checkout", "checkout.after_commit"),
    ("checkout", "checkout.after_session"),
    ("notifier", "notifier.before_send"),
    ("notifier", "notifier.after_send"),
    *((service, "relay.after_ack") for service in SERVICES[:3]),
    *((service, "relay.after_move") for service in SERVICES[:3]),
    *((service, "consumer.before_commit") for service in SERVICES),
    *((service, "consumer.after_commit") for service in SERVICES),
)
SHARE_OF_POINTS = 0.4
MEAN_PAUSE = 1.2  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """SIGKILL for `part`, `pause` seconds after the one before; with `point` once more there, when it is back."""

    part: str
    pause: float
    point: str | None = None


def strikes(seed: int, kills: int) -> Iterator[Strike]:
    """Exactly `kills` deaths: a strike with a point is two. Every part comes before any comes twice."""
    rng = Random(f"{seed} strikes")
    deck: list[str] = []
    while kills > 0:
        if not deck:
            deck = rng.sample((*SERVICES, *STORES), len(SERVICES) + len(STORES))
        strike = _strike(rng, deck.pop(), alone=kills == 1)
        kills -= 2 if strike.point else 1
        yield strike


def _strike(rng: Random, part: str, *, alone: bool) -> Strike:
    points = [point for service, point in POINTS if service == part]
    pause = rng.uniform(0.2, 2 * MEAN_PAUSE - 0.2)
    if alone or not points or rng.random() >= SHARE_OF_POINTS:
        return Strike(part=part, pause=pause)
    return Strike(part=part, pause=pause, point=rng.choice(points))


def faults(seed: int) -> Iterator[dict[str, Any]]:
    """What goes wrong at the vendors meanwhile, as the sandbox takes it (S-4)."""
    rng = Random(f"{seed} faults")
    for vendor, kind, share, more in (
        ("stripe", "duplicate_webhook", 0.2, {}),
        ("stripe", "reorder_webhooks", 0.2, {"delayMs": 400}),
        ("stripe", "late_webhook", 0.1, {"delayMs": 2000}),
        ("stripe", "bad_signature", 0.05, {}),
        ("stripe", "error", 0.05, {"status": 500}),
        ("stripe", "timeout_after", 0.03, {"delayMs": 300}),
        # Three in a row end a message, which is no loss but a refusal: rare enough not to happen in a long run.
        ("twilio", "error", 0.01, {"status": 503}),
        ("twilio", "timeout_after", 0.03, {"delayMs": 300}),
        ("twilio", "duplicate_webhook", 0.2, {}),
        ("sendgrid", "error", 0.01, {"status": 503}),
        ("sendgrid", "timeout_after", 0.03, {"delayMs": 300}),
        ("sendgrid", "duplicate_webhook", 0.2, {}),
        ("slack", "error", 0.01, {"status": 503}),
        ("slack", "timeout_after", 0.05, {"delayMs": 300}),
        ("pagerduty", "error", 0.01, {"status": 503}),
        ("pagerduty", "timeout_after", 0.05, {"delayMs": 300}),
    ):
        yield {"vendor": vendor, "kind": kind, "share": share, "seed": rng.randrange(10**6), **more}
