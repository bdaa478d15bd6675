"""What the measures share: one stack for a whole run, and plain arithmetic."""

from __future__ import annotations

import asyncio
import secrets
import statistics
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field

import psutil

from stack import databases, environment, postgres
from stack.layout import SERVICES
from tests.fixtures.postgres import on_database
from tests.fixtures.stack import WholeStack

PARTS = (*SERVICES, "gateway", "sandbox", "kafka", "postgres")


@dataclass(slots=True, kw_only=True)
class Stand:
    """`start_seconds`: from nothing running to the first ticket sold. `tick` moves the progress bar."""

    stack: WholeStack
    start_seconds: float
    tick: Callable[[], None] = lambda: None
    _made: list[str] = field(default_factory=list)

    def make_database(self, service: str) -> str:
        """A fresh migrated one beside the services' own, on the same server."""
        name = f"bench{secrets.token_hex(4)}"
        databases.sql(self._admin, f"CREATE DATABASE {name} OWNER {service}")
        self._made.append(name)
        url = on_database(self.stack.database_url(service), name)
        databases.migrate(service, url)
        return url

    def drop_databases(self) -> None:
        for name in self._made:
            databases.sql(self._admin, f"DROP DATABASE {name} WITH (FORCE)")
        self._made.clear()

    @property
    def _admin(self) -> str:
        password = environment.values(self.stack.layout)["POSTGRES_PASSWORD"]
        return postgres.Server.of(self.stack.layout, password=password).url()

    def leave_only_stores(self) -> None:
        """What isn't measured must not take CPU."""
        self.stack.installation.stop(*SERVICES, "sandbox", "gateway")

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Each part that runs, with its children (PostgreSQL has one a connection)."""
        found = {}
        for program in self.stack.installation.supervisor.programs():
            if not program.pid:
                continue
            main = psutil.Process(program.pid)
            found[program.name] = [main, *main.children(recursive=True)]
        return found

    def memory_mb(self) -> dict[str, float]:
        """Proportional share (PSS), so that shared memory counts once."""
        return {
            name: sum(process.memory_full_info().pss for process in processes) / 1e6
            for name, processes in self.processes().items()
        }

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time so far, of each part; children that ended count through their parent."""
        return {name: sum(map(_cpu, processes)) for name, processes in self.processes().items()}

    def cpu_seconds_with_own(self) -> float:
        """Of everything, the measuring process too: where it does the work that is measured."""
        return sum(self.cpu_seconds().values()) + own_cpu_seconds()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def own_cpu_seconds() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of all is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: Sequence[float]) -> float:
    """Between the slowest and the fastest round, as a share of the median."""
    return (max(values) - min(values)) / statistics.median(values)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


async def at_rate(act: Callable[[], Coroutine[None, None, None]], rate: float, count: int) -> None:
    """Open loop: the next one begins on time, whether the one before has ended or not."""
    began = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(began + number / rate - asyncio.get_running_loop().time())
            group.create_task(act())
