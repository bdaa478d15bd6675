"""`fullhouse providers`: who is paid, and how each of them takes payments (P-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from cli.errors import UsageError
from cli.output import JsonOption
from cli.shape import App

PATH: Final = "/api/admin/providers"
SETTINGS: Final = "/api/v1/hybrid-payments/settings"
ProviderArgument = Annotated[int, typer.Argument(metavar="PROVIDER", min=1, help="The provider's id.")]

app = App(help="Providers who are paid: through the platform, a processor of their own, or both.")


@app.command("list")
def list_providers(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, by id.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show all providers, and how each is paid."""
    from cli.admin import pages
    from cli.environment import environ
    from cli.output import json_line, say, table

    rows = list(pages(environ(), PATH, {}, role="viewer", limit=limit))
    if as_json:
        json_line({"data": rows})
    elif not rows:
        say("There is no provider yet. `fullhouse providers set ID --name … --email …` makes one known.")
    else:
        table("Providers", ("Id", "Name", "E-mail", "Paid", "Commission"), [_cells(row) for row in rows])


@app.command()
def show(provider: ProviderArgument, *, as_json: JsonOption = False) -> None:
    """Show how a provider is paid, the defaults included."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    found = call(environ(), "GET", f"{SETTINGS}/{provider}", role="viewer")
    result(found, _said(found), as_json=as_json)


@app.command("set")
def set_settings(
    provider: ProviderArgument,
    *,
    name: Annotated[str, typer.Option(help="What the provider is called; a new one needs it.")] = "",
    email: Annotated[str, typer.Option(help="The provider's e-mail address; a new one needs it.")] = "",
    mode: Annotated[str, typer.Option(help="centralized, decentralized or hybrid.")] = "",
    commission: Annotated[str, typer.Option(help="The platform's share, from 0 to 1, such as 0.15.")] = "",
    min_external: Annotated[str, typer.Option(help="In hybrid mode, the least for an own processor.")] = "",
    max_platform: Annotated[str, typer.Option(help="In hybrid mode, the most for the platform.")] = "",
    preferred: Annotated[str, typer.Option(help="Processors in their order, comma-separated.")] = "",
    fallback: Annotated[bool | None, typer.Option(help="Whether another takes what the first one can't.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a provider known, or change how one is paid."""
    from cli.admin import call
    from cli.environment import environ
    from cli.output import result

    if bool(name) != bool(email):
        raise UsageError("--name and --email belong together: give both or neither.")
    wanted = {
        "payment_mode": mode or None,
        "commission_rate": commission or None,
        "min_external_amount": min_external or None,
        "max_platform_amount": max_platform or None,
        "preferred_processors": [each.strip() for each in preferred.split(",")] if preferred else None,
        "fallback_enabled": fallback,
    }
    if name:
        call(environ(), "PUT", f"{PATH}/{provider}", role="admin", body={"name": name, "email": email})
    changes = {key: value for key, value in wanted.items() if value is not None}
    kept = call(environ(), "PATCH", f"{SETTINGS}/{provider}", role="admin", body=changes)
    result(kept, _said(kept), as_json=as_json)


def _said(settings: Mapping[str, Any]) -> str:
    order = ", ".join(settings["preferred_processors"]) or "as they were connected"
    amounts = f"{settings['min_external_amount']:g} and {settings['max_platform_amount']:g} {settings['currency']}"
    return "\n".join(
        (
            f"Provider {settings['provider']} is paid {settings['payment_mode']}{_by_default(settings)}.",
            f"Commission {settings['commission_rate']:.2%}; in hybrid mode either may take what is between {amounts}.",
            f"Processors in this order: {order}. Fallback is {'on' if settings['fallback_enabled'] else 'off'}.",
        )
    )


def _by_default(settings: Mapping[str, Any]) -> str:
    return ", by default" if settings["are_defaults"] else ""


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    from cli.services import printable

    settings = row["settings"]
    paid, share = f"{settings['payment_mode']}{_by_default(settings)}", f"{settings['commission_rate']:.2%}"
    return tuple(map(printable, (str(row["provider"]), row["name"], row["email"], paid, share)))
