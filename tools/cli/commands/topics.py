"""`fullhouse topics`: Kafka's topics, which only the deployment creates (E-9)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import JsonOption

app = typer.Typer(no_args_is_help=True, help="Kafka's topics.")


@app.callback()
def topics() -> None:
    """Kafka's topics."""


@app.command()
def create(
    *,
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="Partitions of each topic.")] = 12,
    replication: Annotated[int, typer.Option(min=1, max=9, help="Copies: 3 on a cluster, 1 on a single broker.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Create the topics that are missing. Existing ones stay as they are."""
    from cli import connections
    from cli.environment import environ
    from cli.output import result
    from eventbus import create_topics

    created = connections.run(
        create_topics(
            connections.kafka(environ()),
            partitions=partitions,
            replication=replication,
            # One copy may be away and writing goes on; with a single copy it is the only one.
            min_insync_replicas=max(1, replication - 1),
        )
    )
    text = f"created {len(created)} topics: {', '.join(created)}" if created else "all topics exist already"
    result({"created": created}, text, as_json=as_json)
