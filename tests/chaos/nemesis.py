"""Does what the plan says to a running stack, and keeps count."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
import xmlrpc.client
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

from chassis.database import Database
from chassis.errors import Unavailable
from stack import environment
from stack.errors import StackError
from stack.parts import STORES
from tests.chaos import backups
from tests.chaos.network import Network
from tests.chaos.plan import Act, Kind, outage
from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import Shop

Say = Callable[[str], None]

GONE = (ProcessLookupError, xmlrpc.client.Fault)
COMES_BACK = 10.0  # seconds within which the supervisor starts what was killed
STORES_COME_BACK = 60.0
RELAY_STARTS = 2.0
ALL_IS_SENT = 120.0
LOOK = 0.1
# So far back that whole purchases come again.
FAR_BACK = 200

UNSENT_SQL = "SELECT count(*) FROM outbox"
BACK_SQL = "UPDATE consumer_offsets SET next_offset = greatest(0, next_offset - $1)"


@dataclass(slots=True, kw_only=True)
class Nemesis:
    """`extras`: variables that parts have anyhow. What lasts goes on beside the next acts, one of a kind at a time (of
    the cuts, one of a link).
    """

    stack: WholeStack
    network: Network
    shop: Shop
    extras: Mapping[str, Mapping[str, str]]
    say: Say
    done: Counter[Kind] = field(default_factory=Counter)
    _struck: int = 0
    _away: set[str] = field(default_factory=set)
    _lasting: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def deaths(self) -> int:
        """SIGKILLs that were sent, and those at named points that were reached."""
        at_points = len(list(self.stack.layout.state.glob("crashed-*")))
        return self.done[Kind.KILL] + self.done[Kind.REPEAT] + at_points

    @property
    def restoring(self) -> bool:
        """Whether a database is being put back."""
        return bool(self._away)

    async def do(self, act: Act) -> None:
        """Begins the act; returns when the next one may begin. Raises what ended a lasting one before its time."""
        self._let_go()
        place = act.target if act.kind is Kind.CUT else act.kind
        if place in self._lasting or act.target in self._away:
            return
        self.say(act.words())
        struck = True
        if act.kind is Kind.KILL:
            struck = await asyncio.to_thread(self._kill, act)
        elif act.kind is Kind.REPEAT:
            struck = await self._repeat(act)
        else:
            self._lasting[place] = asyncio.create_task(self._last(act))
        self.done[act.kind] += struck

    async def rest(self) -> None:
        """Until everything that lasts has ended."""
        await asyncio.gather(*self._lasting.values())

    def _let_go(self) -> None:
        for place in [place for place, task in self._lasting.items() if task.done()]:
            self._lasting.pop(place).result()

    def _kill(self, act: Act) -> bool:
        """A part that is just coming back is struck again, too; only one that isn't there at all is waited for. False
        when it is to be left alone meanwhile.
        """
        self._struck += 1
        layout, extras = self.stack.layout, dict(self.extras.get(act.target, {}))
        if act.point is not None:
            extras["FULLHOUSE_CRASH_AT"] = f"{act.point}={layout.state / f'crashed-{self._struck}'}"
        environment.set_extras(layout, act.target, extras)
        until = time.monotonic() + COMES_BACK
        while time.monotonic() < until and act.target not in self._away:
            with contextlib.suppress(xmlrpc.client.Fault):
                self.stack.kill(act.target)
                return True
            time.sleep(0.05)
        if act.target not in self._away:
            raise StackError(f"{act.target} did not come back to be killed.")
        return False

    async def _repeat(self, act: Act) -> bool:
        """Between its death and its next look at them nobody else moves the offsets."""
        struck = await asyncio.to_thread(self._kill, act)
        if struck:
            await self._sql(act.target, BACK_SQL, FAR_BACK)
        return struck

    async def _last(self, act: Act) -> None:
        ways = {
            Kind.CUT: self._cut,
            Kind.FREEZE: self._frozen,
            Kind.HANG: self._second_relay,
            Kind.OUTAGE: self._outage,
            Kind.RESTORE: self._restored,
        }
        async with ways[act.kind](act):
            await asyncio.sleep(act.seconds)

    @asynccontextmanager
    async def _cut(self, act: Act) -> AsyncIterator[None]:
        assert act.cut is not None
        await asyncio.to_thread(self.network.cut, act.target, act.cut)
        try:
            yield
        finally:
            await asyncio.to_thread(self.network.mend, act.target, forget=act.forget)

    @asynccontextmanager
    async def _frozen(self, act: Act) -> AsyncIterator[None]:
        stopped = list(family(self.stack.installation.supervisor.program(act.target).pid))
        _signal(stopped, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(stopped, signal.SIGCONT)

    @asynccontextmanager
    async def _second_relay(self, act: Act) -> AsyncIterator[None]:
        layout = self.stack.layout
        environ = {**os.environ, "STATE": str(layout.state), "PORT": str(layout.ports.base)}
        command = [sys.executable, "-m", "tests.chaos.second_relay", act.target]
        with (layout.logs / "second-relay.log").open("ab") as log:
            relay = Popen(command, env=environ, stdout=log, stderr=log)  # noqa: ASYNC220 - our own module
        try:
            await asyncio.sleep(RELAY_STARTS)
            async with self._frozen(act):
                yield
            await asyncio.sleep(RELAY_STARTS)
        finally:
            relay.kill()
            await asyncio.to_thread(relay.wait)

    @asynccontextmanager
    async def _outage(self, act: Act) -> AsyncIterator[None]:
        fault = await self.shop.control("POST", "faults", outage(act.target))
        try:
            yield
        finally:
            await self.shop.control("DELETE", f"faults/{fault['id']}")

    @asynccontextmanager
    async def _restored(self, act: Act) -> AsyncIterator[None]:
        path = self.stack.layout.state / f"{act.target}.dump"
        await self._until_it_works(backups.dump, self.stack, act.target, path)
        yield
        # Whoever puts a backup back has stores that stay.
        at_peace = {act.target, *STORES}
        self._away |= at_peace
        try:
            await self._stopped_when_all_is_sent(act.target)
            await self._until_it_works(backups.put_back, self.stack, act.target, path)
            await self._until_it_works(self.stack.fullhouse, "restored", act.target)
            self.say(f"{act.target} is as it was {act.seconds:.1f} s ago")
            self.stack.installation.supervisor.start(act.target)
        finally:
            self._away -= at_peace

    async def _stopped_when_all_is_sent(self, service: str) -> None:
        """What no other place knows is gone with its database: one is taken away only when Kafka has all its events."""
        until = time.monotonic() + ALL_IS_SENT
        while True:
            while await self._unsent(service) > 0:
                if time.monotonic() > until:
                    raise StackError(f"{service} does not get rid of its events.")
                await asyncio.sleep(LOOK)
            await asyncio.to_thread(self.stack.stop, service)
            if await self._unsent(service) == 0:
                return
            self.say(f"{service} has events to send, and is not restored yet")
            self.stack.installation.supervisor.start(service)

    async def _unsent(self, service: str) -> int:
        """Once its database answers."""
        while (count := await self._sql(service, UNSENT_SQL)) is None:
            await asyncio.sleep(LOOK)
        return int(count)

    async def _until_it_works(self, what: Callable[..., object], *arguments: object) -> None:
        """The stores are killed meanwhile, too."""
        until = time.monotonic() + STORES_COME_BACK
        while True:
            try:
                await asyncio.to_thread(what, *arguments)
            except StackError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(1)
            else:
                return

    async def _sql(self, service: str, sql: str, *arguments: object) -> Any:
        """As the service itself; None from a server that isn't there, which is nothing new to it."""
        with contextlib.suppress(Unavailable):
            database = await Database.connect(self.stack.database_url(service), application="nemesis", pool_size=1)
            try:
                return await database.fetchval(sql, *arguments)
            finally:
                await database.close()


def family(pid: int) -> Iterator[int]:
    """The process and all that descend from it: PostgreSQL has one for each connection.

    A program that is just being started has no number yet (0), which to the kernel means ourselves: nobody, then.
    """
    if pid <= 1:
        return
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            number = int(folder.name)
            parents.setdefault(int((folder / "stat").read_text().rpartition(")")[2].split()[1]), []).append(number)
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += parents.get(one, [])


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(*GONE):
            os.kill(pid, number)
