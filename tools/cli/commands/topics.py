"""`fullhouse topics`: Kafka's topics, which only the deployment creates (E-9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import EXIT_FAILED
from cli.output import JsonOption
from cli.shape import App

if TYPE_CHECKING:
    from eventbus import TopicDifference
    from events import TopicPlan

FileOption = Annotated[
    Path | None, typer.Option("--file", help="Sizes of your own, in the form of deploy/kafka/topics.yaml.")
]

app = App(help="Kafka's topics.")


@app.command()
def create(
    *,
    file: FileOption = None,
    partitions: Annotated[int | None, typer.Option(min=1, max=1000, help="Partitions of each, for all topics.")] = None,
    replication: Annotated[int | None, typer.Option(min=1, max=9, help="Copies of each, for all topics.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Create the topics that are missing. Existing ones stay as they are: `fullhouse topics check` compares them."""
    from cli import connections
    from cli.environment import environ
    from cli.output import result
    from eventbus import create_topics

    created = connections.run(
        create_topics(connections.kafka(environ()), partitions=partitions, replication=replication, plans=_plans(file))
    )
    text = f"created {len(created)} topics: {', '.join(created)}" if created else "all topics exist already"
    result({"created": created}, text, as_json=as_json)


@app.command()
def check(*, file: FileOption = None, as_json: JsonOption = False) -> None:
    """Compare the cluster's topics with the file; changes nothing. Exit code 1 when anything differs."""
    from cli import connections
    from cli.environment import environ
    from cli.output import json_line
    from eventbus import check_topics

    differences = connections.run(check_topics(connections.kafka(environ()), plans=_plans(file)))
    if as_json:
        json_line({"ok": not differences, "differences": [asdict(found) for found in differences]})
    else:
        _show(differences)
    if differences:
        raise typer.Exit(EXIT_FAILED)


def _plans(file: Path | None) -> Sequence[TopicPlan]:
    from cli.files import topics_file
    from config.topics import load_topics

    return load_topics(file or topics_file())


def _show(differences: Sequence[TopicDifference]) -> None:
    from cli.output import say, table

    if not differences:
        say("all topics are as planned")
        return
    rows = [(found.topic, found.setting, found.planned, found.found or "missing") for found in differences]
    table("Nothing was changed. What differs:", ("Topic", "Setting", "Planned", "On the cluster"), rows)
