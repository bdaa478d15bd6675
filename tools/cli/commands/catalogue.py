"""`fullhouse catalogue`: what is on sale, from the business's file into checkout's database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

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
    check: Annotated[bool, typer.Option("--check", help="Say what loading would do, and change nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Load catalogue.yaml and publish each city that has changed. Repeating it changes nothing.

    What is no longer in the file is withdrawn: how many orders it has is said before.
    """
    from cli import connections
    from cli.environment import environ
    from cli.files import config_folder
    from cli.output import result

    values = environ()
    done = connections.run(_load(values, config_dir or config_folder(values), check=check, quiet=as_json))
    result(done, _outcome(done["changed"], check=check), as_json=as_json)


async def _load(values: Mapping[str, str], folder: Path, *, check: bool, quiet: bool) -> dict[str, list[Any]]:
    """What changes, and what is withdrawn with how many orders; for people the latter is said first."""
    import config
    from chassis import audit
    from checkout.catalogue import service
    from checkout.catalogue.domain import CATALOGUE, LOADED
    from checkout.orders import count_store
    from checkout.orders.count_store import OrderCount
    from cli import connections
    from cli.admin import actor
    from cli.output import say

    wanted = config.load(folder).catalogue
    async with connections.database(values, "checkout") as database, database.transaction() as tx:
        found = await service.compare(tx, wanted)
        counts = await count_store.by_place(tx, {each.city_id for each in found.withdrawn})
        withdrawn = [
            {"cityId": each.city_id, "tier": each.tier, **asdict(counts.get((each.city_id, each.tier), OrderCount()))}
            for each in found.withdrawn
        ]
        if not quiet:
            for row in withdrawn:
                say(_farewell(row))
        done: dict[str, list[Any]] = {"changed": list(found.changed), "withdrawn": withdrawn}
        if not check:
            await service.load(tx, wanted)
        if not check and found.changed:
            await audit.record(tx, LOADED, actor=actor(values), target=CATALOGUE, after=done)
    return done


def _farewell(row: Mapping[str, Any]) -> str:
    what = f"{row['tier']} in {row['cityId']}" if row["tier"] else row["cityId"]
    return f"To be withdrawn: {what} (orders: {row['paid']} paid, {row['unpaid']} unpaid)."


def _outcome(changed: Sequence[str], *, check: bool) -> str:
    if not changed:
        return "Nothing would change." if check else "Nothing has changed."
    return f"{'Would be published' if check else 'Published as the file says'}: {', '.join(changed)}."
