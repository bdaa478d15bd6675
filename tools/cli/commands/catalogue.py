"""`fullhouse catalogue`: what is on sale, from the business's file into checkout's database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="What is on sale.")

FolderOption = Annotated[Path | None, typer.Option("--dir", help="The folder of the YAML files; default CONFIG_DIR.")]


@app.callback()
def catalogue() -> None:
    """What is on sale."""


@app.command()
def diff(*, config_dir: FolderOption = None, as_json: JsonOption = False) -> None:
    """Show what loading catalogue.yaml would change, and change nothing: prices, windows, limits, codes.

    Of what would be withdrawn it says how many orders and sold seats it has. Prices are in minor units, as in the file.
    """
    from cli import catalogue as words
    from cli import connections
    from cli.environment import environ
    from cli.files import config_folder
    from cli.output import result

    values = environ()
    plan = connections.run(words.look(values, config_dir or config_folder(values)))
    result(plan, "\n".join(words.lines(plan)) or "Nothing would change.", as_json=as_json)


@app.command()
def load(
    *,
    config_dir: FolderOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before anything is withdrawn.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Load catalogue.yaml and publish each city that has changed. Repeating it changes nothing.

    What changes is shown before, as by diff. A city, tier or code that is no longer in the file is withdrawn: it asks.
    """
    from cli import catalogue as words
    from cli import connections
    from cli.environment import environ
    from cli.files import config_folder
    from cli.output import result, say
    from cli.services import agreed

    values = environ()
    folder = config_dir or config_folder(values)
    plan = connections.run(words.look(values, folder))
    if not as_json:
        for line in words.lines(plan):
            say(line)
    if gone := words.hurting(plan):
        agreed(f"Withdraw {', '.join(gone)}?", yes=yes)
    connections.run(words.load(values, folder, shown=plan))
    result(plan, _outcome(plan), as_json=as_json)


def _outcome(plan: dict[str, list[object]]) -> str:
    if not (plan["changed"] or plan["changes"]):
        return "Nothing has changed."
    published = ", ".join(map(str, plan["changed"]))
    return f"Published as the file says: {published}." if published else "Loaded as the file says."
