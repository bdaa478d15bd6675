"""Where a rotation stands: read from the values and from what services remember of them, and kept nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cli.environment import SERVICES
from cli.errors import CommandError
from cli.rotation.domain import Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a rotation is.

    stage: how far the values are
    since: when the used value was first used as such
    behind: the services that run with other values
    """

    stage: Stage
    since: datetime
    behind: tuple[str, ...]


def readers(variables: Iterable[str]) -> list[str]:
    """The services that read one of the variables."""
    from chassis.settings.listing import names_of
    from cli.settings import settings_of

    wanted = set(variables)
    return [service for service in SERVICES if names_of(settings_of(service)) & wanted]


async def standings(kinds: Iterable[Kind], environ: Mapping[str, str]) -> dict[Kind, Standing]:
    """Asks the databases of those who read the secrets."""
    differing = dict(
        zip(SERVICES, await asyncio.gather(*(_differing(each, environ) for each in SERVICES)), strict=True)
    )
    return {kind: await _standing(kind, environ, differing) for kind in kinds}


async def _standing(kind: Kind, environ: Mapping[str, str], differing: Mapping[str, set[str]]) -> Standing:
    from chassis.secret_uses import renewed
    from cli.secret_ages import uses_of
    from cli.settings import host_settings_of

    owner, now = readers([kind.name])[0], datetime.now(UTC)
    known = await uses_of(environ, owner)
    if not known:
        raise CommandError(f"{owner} does not tell since when it has {kind.name}: it must have started once.")
    own = [use for use in renewed(known, host_settings_of(owner, environ), now=now) if use.name == kind.name]
    return Standing(
        stage=kind.stage([use.first_used_at for use in own]),
        since=own[0].placed_at,
        behind=tuple(service for service in SERVICES if differing[service] & set(kind.variables)),
    )


async def _differing(service: str, environ: Mapping[str, str]) -> set[str]:
    """The variables that the service's newest process has otherwise than the environment."""
    from chassis import last_start
    from chassis.settings.fingerprints import fingerprints
    from cli import connections
    from cli.settings import host_settings_of

    async with connections.database(environ, service) as opened:
        last = await last_start.read(opened)
    known = last.fingerprints if last else {}
    wanted = fingerprints(host_settings_of(service, environ))
    return {name for name, value in wanted.items() if known.get(name) != value}
