"""What is seen of webhooks and the endpoints that they go to, and what one finds about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from checkout.payments.processors.port import Account, Endpoint
from checkout.webhooks.domain import ListedWebhook, RawWebhook, RefusedRequests, SecretInUse

PATH: Final = "/api/webhooks/stripe"
CONNECTED_PATH: Final = f"{PATH}/connect"
# How far back refused requests, and what the processor could not deliver, are looked at.
LOOKED_BACK: Final = timedelta(days=1)

_MINUTES: Final = 60
_HOURS: Final = 24 * _MINUTES


class FindingState(StrEnum):
    """How a thing is."""

    WELL = "well"
    NOTE = "note"  # somebody should know of it; nothing is broken
    WRONG = "wrong"
    UNREAD = "unread"  # it could not be looked at: nothing is said of how it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about one thing.

    subject: what was looked at
    state: how it is
    detail: what was seen, as a sentence; never a secret
    remedy: what to do next; empty when all is well
    lines: what was seen one by one
    """

    subject: str
    state: FindingState
    detail: str
    remedy: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """How endpoints are to be, by our own configuration.

    public_url: the gateway's address, without a slash at the end
    live_mode: whether real money is meant, by FULLHOUSE_MODE; the key is of the same mode, or the service had not begun
    stood_in: whether the sandbox stands in for the processor
    publishable: whether the key that buyers' browsers need is set
    handled: the types of events that we work on
    marks: of the signing secrets of our own endpoint
    connected_marks: of those of the endpoint for connected accounts
    """

    public_url: str
    live_mode: bool
    stood_in: bool
    publishable: bool
    handled: frozenset[str]
    marks: tuple[str, ...]
    connected_marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What the processor did not let us read.

    what: as people say it, such as `account acct_1`
    reason: why, in the processor's words
    """

    what: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsSeen:
    """The processor's accounts: our own, and those connected to it.

    accounts: those that could be read
    unread: what could not be
    """

    accounts: tuple[Account, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """What the processor could not deliver of one account.

    account: whose events they are
    events: the events, the newest first
    more: whether there are more than were read
    here: the occasions of those that we have all the same: the processor's lists told of them
    """

    account: Account
    events: tuple[RawWebhook, ...]
    more: bool
    here: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What our own address answered to a webhook without a signature.

    status: HTTP's; None for silence
    code: of the refusal; empty where the answer was none of ours
    reason: why there was silence
    """

    status: int | None
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFacts:
    """What `check` judges. `endpoints`: None where they could not be read, which `accounts.unread` says."""

    now: datetime
    setup: SetUp
    accounts: AccountsSeen
    endpoints: Sequence[Endpoint] | None
    used: Sequence[SecretInUse]
    refused: Sequence[RefusedRequests]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisFacts:
    """What `diagnose` judges. `unfinished`: how many stored webhooks are not done, by state; `stuck`: the newest."""

    now: datetime
    setup: SetUp
    accounts: AccountsSeen
    probe: Probe
    undelivered: Sequence[Undelivered]
    used: Sequence[SecretInUse]
    refused: Sequence[RefusedRequests]
    unfinished: Mapping[str, int]
    stuck: Sequence[ListedWebhook]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a look came to."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, and all could be looked at."""
        return all(each.state in {FindingState.WELL, FindingState.NOTE} for each in self.findings)

    @property
    def unread(self) -> bool:
        """Whether something could not be looked at."""
        return any(each.state is FindingState.UNREAD for each in self.findings)


def age(moment: datetime, now: datetime) -> str:
    """How long ago something was, in a unit that people say."""
    minutes = max(0, int((now - moment).total_seconds())) // _MINUTES
    if minutes < 2 * _MINUTES:
        return f"{minutes} min"
    return f"{minutes // _MINUTES} h" if minutes < 2 * _HOURS else f"{minutes // _HOURS} d"


def unread_findings(accounts: AccountsSeen) -> list[Finding]:
    """What could not be read, each said by itself: of these nothing is known."""
    return [
        Finding(
            subject=each.what,
            state=FindingState.UNREAD,
            detail=f"it can't be read: {each.reason}",
            remedy="Until it can be read nothing is known of it. Compare STRIPE_SECRET_KEY and its permissions with "
            "Stripe's dashboard, and whether the account is still connected.",
        )
        for each in accounts.unread
    ]
