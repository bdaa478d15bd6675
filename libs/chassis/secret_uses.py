"""Since when a service has used each of its secrets, so that old ones are seen and a rotation can go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final

from chassis.database import Database, Reader
from chassis.settings import HostSettings
from chassis.settings.fingerprints import KEY, secret_fingerprints

_READ: Final = "SELECT name, fingerprint, place, first_used_at, placed_at FROM secret_uses ORDER BY name, place"
_ADD: Final = "INSERT INTO secret_uses (name, fingerprint, place, first_used_at, placed_at) VALUES ($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True)
class SecretUse:
    """A value of a secret, as the service's newest process knows it.

    name: the variable
    fingerprint: the value's, keyed with SERVICE_TOKEN_KEY
    place: 0 for the value that is used, more for one that is only accepted
    first_used_at: when a process first knew it
    placed_at: since when it has its place
    """

    name: str
    fingerprint: str
    place: int
    first_used_at: datetime
    placed_at: datetime


async def read(reader: Reader) -> list[SecretUse]:
    """All values, the used one of each secret first."""
    return [SecretUse(**row) for row in await reader.fetch(_READ)]


async def keep(database: Database, settings: HostSettings, *, now: datetime) -> list[SecretUse]:
    """Keeps what this process knows instead of what was known, and returns it."""
    async with database.transaction() as tx:
        await tx.execute("LOCK TABLE secret_uses IN EXCLUSIVE MODE")
        uses = renewed(await read(tx), settings, now=now)
        await tx.execute("DELETE FROM secret_uses")
        await tx.executemany(_ADD, [astuple(use) for use in uses])
    return uses


def renewed(known: Sequence[SecretUse], settings: HostSettings, *, now: datetime) -> list[SecretUse]:
    """The uses after a start with these settings. What was known of a value stays known while its key changes.

    When the key was replaced in one go, nobody can tell whether the other secrets are new: they count as they were.
    """
    written, *_ = readings = [secret_fingerprints(settings, key) for key in settings.service_token_key]
    stored = {(use.name, use.fingerprint): use for use in known}
    readable = any((KEY, each) in stored for reading in readings for each in reading[KEY])
    found: list[SecretUse] = []
    for name, place, forms in _values(readings):
        before = next((stored[name, form] for form in forms if (name, form) in stored), None)
        if before is None and not readable and name != KEY:
            before = next((use for use in known if (use.name, use.place) == (name, place)), None)
        first = before.first_used_at if before else now
        placed = before.placed_at if before and before.place == place else now
        found.append(SecretUse(name, written[name][place], place, first, placed))
    return found


def _values(readings: Sequence[Mapping[str, Sequence[str]]]) -> Iterator[tuple[str, int, list[str]]]:
    """Each value by its variable and place, with its fingerprints under all keys."""
    for name, prints in readings[0].items():
        for place in range(len(prints)):
            yield name, place, [reading[name][place] for reading in readings]
