"""Carries a rotation out where `make up` keeps the values: writes them down, and restarts who reads them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from cli import connections
from cli.environment import environ, keep_in_state, state_file
from cli.errors import CommandError
from cli.restarting import restart
from cli.rotation.domain import Kind, Stage, values_of
from cli.rotation.standing import Standing, readers, standing
from cli.steps import Step

_PATIENCE_SECONDS: Final = 30
_LOOK_SECONDS: Final = 0.5


class Action(StrEnum):
    """What was done."""

    ROTATED = "secret_rotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A secret that is being replaced; whatever stops it, running it again goes on.

    kind: the secret
    at_once: whether what was made with the old value may be refused before its time
    restart: lets a service begin anew, with what is written down
    """

    kind: Kind
    at_once: bool = False
    restart: Callable[[str], None] = restart

    def steps(self) -> list[Step]:
        """In their order; each does nothing where it is done."""
        found = self._look()
        if found.behind and found.stage is Stage.RESTING:
            return [Step(name="End what was begun", do=self._end)]
        both = [
            Step(name="Let all accept a new value", do=self._accept),
            Step(name="Use the new value", do=self._use),
        ]
        return both if self.kind.drops_after is None else [*both, Step(name="Forget the old value", do=self._forget)]

    def _end(self) -> str:
        return self._settle(self._look().behind)

    def _accept(self) -> str:
        found = self._look()
        if found.stage is not Stage.RESTING:
            return f"one was made before; {self._settle(found.behind)}"
        return self._put(self.kind.accepted(self._values), stage=Stage.ACCEPTED)

    def _use(self) -> str:
        if self._look().stage is not Stage.ACCEPTED:
            return "it is used already"
        return self._put(self.kind.used(self._values), stage=Stage.USED)

    def _forget(self) -> str:
        found = self._look()
        if found.stage is not Stage.USED:
            return "nobody has it"
        if not self.at_once and (until := self.kind.kept_until(found.since, now=datetime.now(UTC))):
            return f"what it made is good until {until:%Y-%m-%d %H:%M} UTC. Run this again after that"
        return self._put(self._values[:1], stage=Stage.RESTING)

    @property
    def _values(self) -> tuple[str, ...]:
        return values_of(in_force(self.kind), self.kind)

    def _put(self, values: Sequence[str], *, stage: Stage) -> str:
        before = in_force(self.kind)
        after = self.kind.set_to(values, before)
        connections.run(_record(self.kind, before, stage=stage))
        keep_in_state(after)
        return self._settle(readers(name for name, value in after.items() if value != before.get(name)))

    def _settle(self, behind: Sequence[str]) -> str:
        """Restarts them one by one; each must have the values before the next one stops."""
        for service in behind:
            self.restart(service)
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while service in self._look().behind:
                if time.monotonic() > deadline:
                    raise CommandError(
                        f"{service} has started with another {self.kind.name} than the state folder's: `make up` was "
                        "given one in its environment. Run `make down`, unset it there, and run `make up`."
                    )
                time.sleep(_LOOK_SECONDS)
        return f"restarted {', '.join(behind)}, one after the other" if behind else "all have it"

    def _look(self) -> Standing:
        return connections.run(standing(self.kind, in_force(self.kind)))


def kept_here(kind: Kind) -> bool:
    """Whether the file of `make up` is what counts."""
    kept, known = state_file(os.environ), environ()
    return all(name in kept and kept[name] == known.get(name) for name in kind.variables)


def in_force(kind: Kind) -> dict[str, str]:
    """All variables; the secret's own as the file of `make up` has them now."""
    kept = state_file(os.environ)
    return {**environ(), **{name: kept[name] for name in kind.variables}}


async def _record(kind: Kind, values: Mapping[str, str], *, stage: Stage) -> None:
    """In the monitor's audit, before anything is changed: a rotation that dies half-way was begun by somebody."""
    from chassis import audit
    from cli.admin import actor

    async with connections.database(values, "monitor") as opened, opened.transaction() as tx:
        await audit.record(
            tx,
            Action.ROTATED,
            actor=actor(values),
            target=audit.target("secret", kind.name),
            after={"stage": stage.value},
        )
