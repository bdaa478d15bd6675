"""What will be broken, and when: all of it follows from the seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any

from stack.layout import GATEWAY, SERVICES
from stack.parts import STORES
from tests.chaos.network import LINKS
from tests.fixtures.links import Cut

# Named points at which a service dies by its own hand, and the services that pass there.
POINTS = (
    ("checkout", "checkout.after_hold"),
    ("checkout", "checkout.after_commit"),
    ("checkout", "checkout.after_session"),
    ("notifier", "notifier.before_send"),
    ("notifier", "notifier.after_send"),
    *((service, "relay.after_ack") for service in SERVICES),
    *((service, "relay.after_move") for service in SERVICES),
    *((service, "consumer.before_commit") for service in SERVICES),
    *((service, "consumer.after_commit") for service in SERVICES),
)
SHARE_OF_POINTS = 0.4
MEAN_PAUSE = 1.2  # seconds
VENDORS = ("stripe", "twilio", "sendgrid", "slack", "pagerduty")


class Kind(StrEnum):
    """What is done. Each word is a row of the table at the end."""

    KILL = "kill"
    FREEZE = "freeze"
    CUT = "cut"
    REPEAT = "repeat"
    HANG = "hang"
    OUTAGE = "outage"
    RESTORE = "restore"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS = {
    Kind.KILL: "SIGKILL, at random or at a named point",
    Kind.FREEZE: "SIGSTOP, and SIGCONT a while later",
    Kind.CUT: "a link between two parts is cut: with resets, or silently, or in one direction only",
    Kind.REPEAT: "SIGKILL, and every stored offset of the service is set back",
    Kind.HANG: "a second relay beside the active one, which is frozen until it loses its lock",
    Kind.OUTAGE: "a vendor answers nothing but errors",
    Kind.RESTORE: "a service's database is replaced by what it was a while ago",
}
TARGETS: dict[Kind, tuple[str, ...]] = {
    Kind.KILL: (*SERVICES, *STORES, GATEWAY),
    Kind.FREEZE: (*SERVICES, *STORES),
    Kind.CUT: LINKS,
    Kind.REPEAT: SERVICES,
    Kind.HANG: SERVICES,
    Kind.OUTAGE: VENDORS,
    Kind.RESTORE: SERVICES,
}
# How many of a hundred acts, and how long each lasts: seconds, at least and at most.
SHARES = {Kind.KILL: 75, Kind.FREEZE: 6, Kind.CUT: 9, Kind.REPEAT: 5, Kind.HANG: 2, Kind.OUTAGE: 2, Kind.RESTORE: 1}
# The same, where the network is what is tried.
MOSTLY_CUTS = {**SHARES, Kind.KILL: 20, Kind.CUT: 70}
# Of the cuts a few last longer than anybody waits for an answer.
SHARE_OF_LONG_CUTS = 0.1
# And of the silent ones so many leave dead connections behind.
SHARE_OF_FORGOTTEN = 0.5
LONG_CUT = (15.0, 20.0)
LENGTHS = {
    Kind.CUT: (0.5, 6.0),
    Kind.FREEZE: (0.3, 4.0),
    Kind.HANG: (2.0, 5.0),
    Kind.OUTAGE: (1.0, 4.0),
    Kind.RESTORE: (3.0, 10.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that is done to `target`, `pause` seconds after the act before began.

    `point`: where a killed one dies once more when it is back; `seconds`: how long a thing lasts; `cut`: how a link is
    cut, and `forget`: what was open stays dead when it is mended.
    """

    kind: Kind
    target: str
    pause: float
    point: str | None = None
    seconds: float = 0.0
    cut: Cut | None = None
    forget: bool = False

    def words(self) -> str:
        more = f", and again at {self.point}" if self.point else f" by {self.cut}" if self.cut else ""
        last = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.kind} {self.target}{more}{last}" + (", what is open stays dead" if self.forget else "")


def acts(seed: int, shares: Mapping[Kind, int] = SHARES) -> Iterator[Act]:
    """Without end. Of each kind every target comes before any comes twice."""
    rng = Random(f"{seed} acts")
    decks: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    while True:
        kind = rng.choices(list(shares), weights=list(shares.values()))[0]
        deck = decks[kind]
        if not deck:
            deck += rng.sample(TARGETS[kind], len(TARGETS[kind]))
        yield _act(rng, kind, deck.pop())


def last_act(seed: int) -> Act:
    """The blow that what is left to do must survive."""
    rng = Random(f"{seed} last act")
    return replace(_act(rng, Kind.KILL, rng.choice(TARGETS[Kind.KILL])), pause=0.0)


def _act(rng: Random, kind: Kind, target: str) -> Act:
    pause = rng.uniform(0.2, 2 * MEAN_PAUSE - 0.2)
    seconds = rng.uniform(*LENGTHS[kind]) if kind in LENGTHS else 0.0
    points = [point for service, point in POINTS if service == target]
    if kind is Kind.CUT:
        return _cut(rng, Act(kind=kind, target=target, pause=pause, seconds=seconds))
    with_point = kind is Kind.KILL and bool(points) and rng.random() < SHARE_OF_POINTS
    point = rng.choice(points) if with_point else None
    return Act(kind=kind, target=target, pause=pause, point=point, seconds=seconds)


def _cut(rng: Random, act: Act) -> Act:
    cut = rng.choice(list(Cut))
    seconds = rng.uniform(*LONG_CUT) if rng.random() < SHARE_OF_LONG_CUTS else act.seconds
    return replace(act, cut=cut, seconds=seconds, forget=cut is not Cut.RESET and rng.random() < SHARE_OF_FORGOTTEN)


def faults(seed: int) -> Iterator[dict[str, Any]]:
    """What goes wrong at the vendors meanwhile, as the sandbox takes it (S-4)."""
    rng = Random(f"{seed} faults")
    for vendor, kind, share, more in (
        # For good: nobody sends these again.
        ("stripe", "drop_webhook", 0.2, {}),
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


def outage(vendor: str) -> dict[str, Any]:
    """Nothing but errors, until the fault is taken back."""
    return {"vendor": vendor, "kind": "error", "share": 1, "status": 503}
