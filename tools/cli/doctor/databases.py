"""Looks at a service's database: whether it answers, is migrated, has room for connections, and how large it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.doctor.check import Examined, Finding, note, well, wrong

_FACTS: Final = """
SELECT pg_database_size(current_database()) AS size,
    (SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL) AS used,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
    current_setting('server_version') AS version,
    to_regclass('schema_migrations') IS NOT NULL AS migrated
"""
_VERSIONS: Final = "SELECT version FROM schema_migrations ORDER BY version"
_CROWDED: Final = 0.8


async def database_of(examined: Examined, *, service: str) -> Finding:
    """Opens it as the service does, and compares its migrations with the shipped ones."""
    from chassis.database import DatabaseError
    from cli import connections
    from cli.migrations import shipped_versions

    try:
        async with connections.database(examined.environ, service) as opened:
            facts = await opened.fetchrow(_FACTS)
            rows = await opened.fetch(_VERSIONS) if facts and facts["migrated"] else []
    except DatabaseError as error:
        return wrong(f"it refuses us: {error}", f"Correct DATABASE_URL_{service.upper()}, and restart {service}.")
    return judged(service, facts or {}, [row["version"] for row in rows], shipped=shipped_versions(service))


def judged(service: str, facts: Mapping[str, Any], versions: Sequence[str], *, shipped: Sequence[str]) -> Finding:
    """What a database's facts and migrations mean; `shipped` are the versions that this program knows."""
    missing, strange = sorted(set(shipped) - set(versions)), sorted(set(versions) - set(shipped))
    if missing:
        return wrong(
            f"{len(missing)} of {len(shipped)} migrations are missing: {_some(missing)}",
            f"fullhouse migrate {service}",
        )
    text = (
        f"PostgreSQL {str(facts['version']).partition(' ')[0]}, {len(versions)} migrations, "
        f"{facts['size'] / 1e6:.0f} MB, {facts['used']} of {facts['most']} connections in use"
    )
    if strange:
        return note(
            f"{text}; migrations that this program does not know: {_some(strange)}",
            "A newer program was here: run the newer one, or take its migrations back.",
        )
    if facts["used"] > _CROWDED * facts["most"]:
        return note(text, "Few are left for restarts: raise max_connections, or end who doesn't belong there.")
    return well(text)


def _some(versions: Sequence[str]) -> str:
    return ", ".join(versions[:5]) + (" …" if len(versions) > 5 else "")
