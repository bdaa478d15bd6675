"""Work in steps: each is told as it ends, and a failed one stops the rest, with how to go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.errors import CommandError
from cli.output import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of a longer deed, safe to repeat.

    name: what it does, as a sentence begins: "Pause purchases"
    do: does it and returns what there is to say; raises CommandError with what to do about it
    """

    name: str
    do: Callable[[], str]


def carry_out(steps: Sequence[Step], *, again: str, quiet: bool = False) -> dict[str, str]:
    """Does the steps in their order; returns by name what each said.

    `again` is the command that goes on after a failure, or after a person has stopped it: a step that is done already
    has nothing to do.
    """
    said: dict[str, str] = {}
    for step in steps:
        try:
            said[step.name] = step.do()
        except (CommandError, KeyboardInterrupt) as error:
            left = ", ".join(each.name for each in steps if each.name not in said)
            way = "Mend it, then run" if isinstance(error, CommandError) else "To go on, run"
            raise CommandError(
                f"✗ {step.name}: {str(error) or 'stopped'}\nNot done: {left}. {way} `{again}` again."
            ) from error
        if not quiet:
            say(f"✓ {step.name}: {said[step.name]}")
    return said
