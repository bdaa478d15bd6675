"""`fullhouse playbook`: what to do about each kind of trouble, also while everything else is down (O-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import CommandError
from cli.output import JsonOption

if TYPE_CHECKING:
    from playbooks import Playbook


def playbook(
    name: Annotated[str, typer.Argument(help="As an alert or the list names it; without one, the list.")] = "",
    *,
    as_json: JsonOption = False,
) -> None:
    """Print what to do about a kind of trouble: symptoms, where to look, how to act, how to see that it is over."""
    from cli.errors import UsageError
    from cli.output import json_line, result, table
    from playbooks import playbooks

    known = playbooks()
    if not name:
        if as_json:
            json_line({"playbooks": [{"name": each.name, "title": each.title} for each in known.values()]})
        else:
            table("Playbooks", ("Name", "What is wrong"), [(each.name, each.title) for each in known.values()])
        return
    found = known.get(name.rpartition("/")[2])
    if found is None:
        raise UsageError(f"There is no playbook “{name}”. `fullhouse playbook` lists them.")
    lines = _vendors(found)
    text = "\n".join((found.text.rstrip(), *(f"- {line}" for line in lines)))
    result({"name": found.name, "title": found.title, "text": found.text, "vendors": lines}, text, as_json=as_json)


def _vendors(found: Playbook) -> Sequence[str]:
    """Where the vendors are asked; a configuration that can't be read keeps nobody from the rest."""
    from chassis.errors import Misconfigured
    from cli.environment import environ
    from cli.files import config_folder
    from config.loading import load_vendors

    try:
        return load_vendors(config_folder(environ())).lines(found.vendors)
    except (Misconfigured, CommandError, OSError):
        return [f"{vendor}: see vendors.yaml, which can’t be read here" for vendor in found.vendors]
