"""What a rotation changes, and in which order: pure."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chassis.encryption import new_encryption_key
from chassis.keys import PublicKeys, SigningKey
from chassis.variables import comma_list

# A link in an alert that acknowledges it.
_LINK_LIFE: Final = timedelta(hours=24)
# The longest that `fullhouse token` gives, and what clocks may differ.
_TOKEN_LIFE: Final = timedelta(minutes=65)


class Stage(StrEnum):
    """How far a rotation is."""

    RESTING = "resting"  # none is under way
    ACCEPTED = "accepted"  # all accept the new value, and use the old one
    USED = "used"  # all use the new value, and accept the old one


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A secret that we make ourselves.

    name: its variable
    make: makes a new value; it is told those that there are
    public: the variable with the public halves of its values, where there is one
    drops_after: for how long something that was made with an old value is shown; None where that has no end
    encrypts: whether a database keeps something under it, which is encrypted anew before an old value goes
    """

    name: str
    make: Callable[[Sequence[str]], str]
    public: str = ""
    drops_after: timedelta | None = None
    encrypts: bool = False

    @property
    def variables(self) -> tuple[str, ...]:
        """What a rotation changes."""
        return (self.name, self.public) if self.public else (self.name,)

    def set_to(self, values: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
        """The variables with these values, instead of those of the environment."""
        private = {self.name: ",".join(values)}
        return private | ({self.public: self._public_halves(values, environ)} if self.public else {})

    def stage(self, first_known: Sequence[datetime]) -> Stage:
        """How far it is; `first_known` says of each value, in their order, since when it is known."""
        if len(first_known) > 1 and first_known[1] > first_known[0]:
            return Stage.ACCEPTED
        return Stage.USED if len(first_known) > 1 and self.drops_after is not None else Stage.RESTING

    def kept_until(self, since: datetime, *, now: datetime) -> datetime | None:
        """Until when the old value is needed, when that is still to come; the new one is used since `since`."""
        ends = since + (self.drops_after or timedelta(0))
        return ends if now < ends else None

    def accepted(self, values: Sequence[str]) -> list[str]:
        """With a new value behind the used one."""
        return [values[0], self.make(values), *values[1:]]

    def used(self, values: Sequence[str]) -> list[str]:
        """With the new value before the one that was used."""
        return [values[1], values[0], *values[2:]]

    def alone(self, values: Sequence[str]) -> list[str]:
        """Without those that were used."""
        return [values[0]]

    def _public_halves(self, values: Sequence[str], environ: Mapping[str, str]) -> str:
        """Of these values, and whatever else is accepted: an old key's public half may be all that is left of it.

        Those that stay keep their place, so that nobody is restarted for their order, which means nothing.
        """
        before, after = (
            {key.key_id: key.private.public_key() for key in SigningKey.parse_all(text)}
            for text in (environ[self.name], ",".join(values))
        )
        known = PublicKeys.parse(environ[self.public]).keys
        kept = {key_id: key for key_id, key in known.items() if key_id not in before or key_id in after}
        return PublicKeys({**kept, **after}).export()


def kinds() -> dict[str, Kind]:
    """By name."""
    found = (
        Kind(name="SERVICE_TOKEN_KEY", make=lambda _: secrets.token_hex(32), drops_after=_LINK_LIFE),
        Kind(name="AUTH_SIGNING_KEY", make=_signing_key, public="AUTH_PUBLIC_KEYS", drops_after=_TOKEN_LIFE),
        Kind(name="TICKET_SIGNING_KEY", make=_signing_key, public="TICKET_PUBLIC_KEYS"),
        Kind(name="ENCRYPTION_KEY", make=lambda _: new_encryption_key(), drops_after=timedelta(0), encrypts=True),
    )
    return {kind.name: kind for kind in found}


def values_of(environ: Mapping[str, str], kind: Kind) -> tuple[str, ...]:
    """The values that the environment has."""
    return comma_list(environ[kind.name])


def _signing_key(taken: Sequence[str]) -> str:
    """A key whose id goes on counting: `auth2` after `auth1`."""
    ids = [SigningKey.parse(value).key_id for value in taken]
    stem = ids[0].rstrip("0123456789")
    numbers = [int(rest) for key_id in ids if (rest := key_id.removeprefix(stem)).isdigit()]
    return SigningKey.generate(f"{stem}{max(numbers, default=0) + 1}").export()
