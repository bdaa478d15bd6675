"""`fullhouse webhooks`: what payment processors have sent, and what nobody can handle."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import JsonOption
from cli.shape import App

app = App(help="Webhooks of payment processors.")


@app.callback()
def webhooks() -> None:
    """Webhooks of payment processors."""


@app.command()
def close(
    event_id: Annotated[str, typer.Argument(metavar="ID", help="The processor's id of the event, such as evt_1….")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")],
    processor: Annotated[str, typer.Option("--processor", help="Who sent it.")] = "stripe",
    as_json: JsonOption = False,
) -> None:
    """Let a webhook be that nobody can or needs to handle."""
    from urllib.parse import quote

    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    path = f"/api/admin/webhooks/{quote(processor, safe='')}/{quote(event_id, safe='')}/close"
    answer = call(environ(), "POST", path, body={"reason": reason})
    result(answer, f"{event_id} is closed.", as_json=as_json)
