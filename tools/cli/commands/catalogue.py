"""`fullhouse catalogue`: what is on sale, from the business's file into checkout's database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="What is on sale.")


@app.callback()
def catalogue() -> None:
    """What is on sale."""


@app.command()
def load(
    *,
    config_dir: Annotated[
        Path | None, typer.Option("--dir", help="The folder of the YAML files; default CONFIG_DIR.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Load catalogue.yaml and publish each city that has changed. Repeating it changes nothing."""
    from cli import connections
    from cli.environment import environ
    from cli.files import config_folder
    from cli.output import result

    values = environ()
    changed = connections.run(_load(values, config_dir or config_folder(values)))
    text = f"On sale now, as the file says: {', '.join(changed)}." if changed else "Nothing has changed."
    result({"changed": changed}, text, as_json=as_json)


async def _load(values: Mapping[str, str], folder: Path) -> list[str]:
    import config
    from checkout.catalogue import service
    from cli import connections

    wanted = config.load(folder).catalogue
    async with connections.database(values, "checkout") as database, database.transaction() as tx:
        return await service.load(tx, wanted)
