"""Carries rotations out where `make up` keeps the values: writes them down, and restarts who reads them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from cli import connections
from cli.encrypting import encrypt_anew
from cli.environment import SERVICES, environ, keep_in_state, state_file
from cli.errors import CommandError
from cli.output import progress
from cli.restarting import restart
from cli.rotation.domain import Kind, Stage, values_of
from cli.rotation.standing import Standing, standings
from cli.steps import Step

_PATIENCE_SECONDS: Final = 30
_LOOK_SECONDS: Final = 0.5

Change = Callable[[Kind, Sequence[str]], Sequence[str]]


class Action(StrEnum):
    """What was done."""

    ROTATED = "secret_rotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Secrets that are replaced together, with no more restarts than one of them needs.

    Whatever stops it, running it again goes on.

    kinds: the secrets
    at_once: whether what was made with the old values may be refused before its time
    restart: lets a service begin anew, with what is written down
    encrypt_anew: has what is kept encrypted anew under the used value; says how much it was
    """

    kinds: Sequence[Kind]
    at_once: bool = False
    restart: Callable[[str], None] = restart
    encrypt_anew: Callable[[Mapping[str, str]], int] = encrypt_anew

    def steps(self) -> list[Step]:
        """In their order; each does nothing where it is done."""
        ended = [kind for kind, found in self._look().items() if found.behind and found.stage is Stage.RESTING]
        if not ended:
            return self._replacing()
        others = [kind for kind in self.kinds if kind not in ended]
        end = Step(name="End what was begun", do=self._settle)
        return [end, *(replace(self, kinds=others).steps() if others else ())]

    def _replacing(self) -> list[Step]:
        steps = [Step(name="Let all accept a new value", do=self._accept), Step(name="Use the new value", do=self._use)]
        encrypts = any(kind.encrypts for kind in self.kinds)
        if encrypts:
            steps.append(Step(name="Encrypt anew what the old value opens", do=self._encrypt))
        if any(kind.drops_after is not None for kind in self.kinds):
            steps.append(Step(name="Forget the old value", do=self._forget))
        if encrypts:
            steps.append(Step(name="See that the old value opens nothing", do=self._encrypt))
        return steps

    def _accept(self) -> str:
        """Where a new value was made before, it is that one."""
        return self._put(self._look_at(Stage.RESTING), Kind.accepted, to=Stage.ACCEPTED)

    def _use(self) -> str:
        return self._put(self._look_at(Stage.ACCEPTED), Kind.used, to=Stage.USED)

    def _encrypt(self) -> str:
        """Also the look afterwards: what only the old value opens would be in the way of it."""
        count = self.encrypt_anew(environ())
        return f"{count} encrypted anew" if count else "all is under the value that is used"

    def _forget(self) -> str:
        """Each as soon as nothing is shown any more that it made."""
        found, now = self._look_at(Stage.USED), datetime.now(UTC)
        needed = {kind: None if self.at_once else kind.kept_until(each.since, now=now) for kind, each in found.items()}
        said = self._put([kind for kind, until in needed.items() if until is None], Kind.alone, to=Stage.RESTING)
        waiting = [
            f"what {kind.name} made is good until {until:%Y-%m-%d %H:%M} UTC" for kind, until in needed.items() if until
        ]
        return "; ".join([said, *waiting, *(["run this again after that"] if waiting else [])])

    def _put(self, kinds: Iterable[Kind], change: Change, *, to: Stage) -> str:
        """Writes down what becomes of the values of these, then restarts whoever runs with others."""
        before = in_force(self.kinds)
        after = [(kind, kind.set_to(change(kind, values_of(before, kind)), before)) for kind in kinds]
        if after:
            connections.run(_record(before, [kind for kind, _ in after], stage=to))
            keep_in_state({name: value for _, values in after for name, value in values.items()})
        return self._settle()

    def _settle(self) -> str:
        """Restarts them one by one; each must have the values before the next one stops."""
        behind = self._behind()
        for service in behind:
            progress(f"Restarting {service} …")
            self.restart(service)
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while service in self._behind():
                if time.monotonic() > deadline:
                    raise CommandError(
                        f"{service} has started with another value than the state folder's: `make up` was "
                        "given one in its environment. Run `make down`, unset it there, and run `make up`."
                    )
                time.sleep(_LOOK_SECONDS)
        return f"restarted {', '.join(behind)}, one after the other" if behind else "all have it"

    def _behind(self) -> list[str]:
        found = {service for each in self._look().values() for service in each.behind}
        return [service for service in SERVICES if service in found]

    def _look_at(self, stage: Stage) -> dict[Kind, Standing]:
        return {kind: found for kind, found in self._look().items() if found.stage is stage}

    def _look(self) -> dict[Kind, Standing]:
        return connections.run(standings(self.kinds, in_force(self.kinds)))


def kept_here(kind: Kind) -> bool:
    """Whether the file of `make up` is what counts."""
    kept, known = state_file(os.environ), environ()
    return all(name in kept and kept[name] == known.get(name) for name in kind.variables)


def in_force(kinds: Iterable[Kind]) -> dict[str, str]:
    """All variables; the secrets' own as the file of `make up` has them now."""
    kept = state_file(os.environ)
    return {**environ(), **{name: kept[name] for kind in kinds for name in kind.variables}}


async def _record(values: Mapping[str, str], kinds: Iterable[Kind], *, stage: Stage) -> None:
    """In the monitor's audit, before anything is changed: a rotation that dies half-way was begun by somebody."""
    from chassis import audit
    from cli.admin import actor

    async with connections.database(values, "monitor") as opened, opened.transaction() as tx:
        for kind in kinds:
            await audit.record(
                tx,
                Action.ROTATED,
                actor=actor(values),
                target=audit.target("secret", kind.name),
                after={"stage": stage.value},
            )
