"""Puts a backup in place of what there is, service by service: checked first, shown first, saved first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from cli.backup import making
from cli.backup.meter import Meter
from cli.environment import status_command
from cli.errors import CommandError

if TYPE_CHECKING:
    from backups.manifest import Manifest
    from eventbus import KafkaConnection

_ANOTHER_CLUSTER: Final = "another_cluster.sql"
# A person waits, and whatever was destroyed may have left a slow machine.
_PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a restore is about to do.

    manifest: the backup
    services: whose databases are replaced, in this order
    there: those that have anything now
    cluster: the Kafka cluster beside which they will be
    shorter: whether that has fewer records than the backup has read
    """

    manifest: Manifest
    services: Sequence[str]
    there: Sequence[str]
    cluster: str
    shorter: bool

    def elsewhere(self, service: str) -> bool:
        """Whether the service's offsets have no meaning on this Kafka."""
        return self.shorter or bool(set(self.manifest.part(service).clusters) - {self.cluster})

    def sentences(self) -> list[str]:
        """What it will do, a line a service."""
        return [self._sentence(service) for service in self.services]

    def facts(self) -> dict[str, Any]:
        return {"backup": self.manifest.name, "services": list(self.services), "replaced": list(self.there)}

    def _sentence(self, service: str) -> str:
        part = self.manifest.part(service)
        what = "replaces what is there" if service in self.there else "fills an empty database"
        kafka = (
            "; this Kafka has lost its records, or is another: it is told everything again"
            if self.elsewhere(service)
            else ""
        )
        return f"{service}: {sum(part.rows.values())} rows as of {part.taken_at:%Y-%m-%d %H:%M:%S} UTC, {what}{kafka}"


async def plan(environ: Mapping[str, str], name: str, services: Sequence[str]) -> Plan:
    """Looks at everything before anything is touched. Raises CommandError and BackupError."""
    from backups.loading import there
    from cli import connections
    from eventbus.cluster.kafka import cluster_id

    manifest = await making.found(environ, name, services)
    wanted = services or manifest.services
    for service in wanted:
        _known_here(manifest, service)
    looked = {service: await there(service, connections.database_url(environ, service)) for service in wanted}
    if running := {service: who for service, (_, who) in looked.items() if who}:
        raise CommandError(_stop_first(running))
    kafka = connections.kafka(environ)
    return Plan(
        manifest=manifest,
        services=wanted,
        there=[service for service, (anything, _) in looked.items() if anything],
        cluster=await cluster_id(kafka),
        shorter=await _shorter(kafka, manifest),
    )


async def _shorter(kafka: KafkaConnection, manifest: Manifest) -> bool:
    """A log that was lost, and begun again under the same name, ends before what was read of the old one."""
    from chassis.errors import Unavailable
    from eventbus.cluster.ends import log_ends
    from eventbus.incoming.offsets import Partition

    read: dict[Partition, int] = {}
    for part in manifest.parts:
        for offsets in part.offsets.values():
            for name, offset in offsets.items():
                topic, _, number = name.rpartition("/")
                place = Partition(topic, int(number))
                read[place] = max(offset, read.get(place, 0))
    try:
        ends = await log_ends(kafka, read, seconds=_PATIENCE_SECONDS)
    except Unavailable as error:
        raise CommandError(f"Nothing was changed: no answer from {error}. Look at `{status_command()}`.") from error
    return any(ends.get(place, 0) < offset for place, offset in read.items())


async def carry_out(environ: Mapping[str, str], plan: Plan) -> None:
    """One service after the other, each as a whole. Raises CommandError that says how to go on."""
    done: list[str] = []
    for service in plan.services:
        try:
            await _load(environ, plan, service)
        except Exception as error:
            raise _broken_off(plan, service, done, error) from error
        done.append(service)


async def _load(environ: Mapping[str, str], plan: Plan, service: str) -> None:
    from backups.checking import Checked
    from backups.loading import load
    from cli import connections

    library, part = making.library(environ), plan.manifest.part(service)
    whole = Checked(plan.manifest, part, library.stored(plan.manifest, part), Meter("loaded"))
    then = [files("eventbus").joinpath(_ANOTHER_CLUSTER).read_text()] if plan.elsewhere(service) else []
    dump = library.opened(plan.manifest, part, whole.pieces())
    await load(part, connections.database_url(environ, service), dump, then=then)
    await _make_fit(environ, plan, service)


async def _make_fit(environ: Mapping[str, str], plan: Plan, service: str) -> None:
    """The newest form, what the service needs to know of it, and then services may write to it again."""
    import asyncio

    from backups.loading import behind_the_gate
    from cli import connections, migrations, restoring

    url = behind_the_gate(connections.database_url(environ, service))
    inside = {**environ, f"DATABASE_URL_{service.upper()}": url}
    await asyncio.to_thread(migrations.migrate, service, url)
    await restoring.make_fit(inside, service, opening=True)
    await making.note(environ, service, making.LOADED, plan.manifest)


def _known_here(manifest: Manifest, service: str) -> None:
    from cli import migrations

    newest = max(path.name[:4] for folder in migrations.folders(service) for path in folder.glob("*.sql"))
    if manifest.part(service).migration > newest:
        raise CommandError(
            f"Backup {manifest.name} was made by a newer Fullhouse ({manifest.version}): restore it with that one."
        )


def _stop_first(running: Mapping[str, Sequence[str]]) -> str:
    told = ", ".join(f"{service} (by {', '.join(who)})" for service, who in running.items())
    return (
        f"In use: {told}. Nothing was changed. Stop these services first: `make stop`, or in deploy/compose "
        f"`./services stop {' '.join(running)}`; Kafka and PostgreSQL must run."
    )


def _broken_off(plan: Plan, service: str, done: Sequence[str], error: Exception) -> CommandError:
    from chassis.telemetry.failures import message_of

    left = plan.services[len(done) :]
    again = " ".join(f"--service {each}" for each in left)
    return CommandError(
        f"{message_of(error) or type(error).__name__}\n"
        f"Restored: {', '.join(done) or 'nothing'}; not: {', '.join(left)}. Before you start {service}, "
        f"run `fullhouse backup restore {plan.manifest.name} {again}` again."
    )
