"""`fullhouse commission`: what the platform collects of providers' own payments (P-7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer

from cli.errors import EXIT_FAILED
from cli.moments import MonthOption
from cli.output import JsonOption
from cli.shape import App

PATH: Final = "/api/v1/platform-collections"
_PAGE: Final = 500

CollectionNumber = Annotated[int, typer.Argument(metavar="ID", min=1, help="As `commission list` shows it.")]
ProviderOption = Annotated[int | None, typer.Option("--provider", min=1, help="Only this provider's.")]

app = App(help="The platform's commission on payments that providers took themselves.")


@app.command("list")
def list_collections(
    *,
    provider: ProviderOption = None,
    status: Annotated[str, typer.Option("--status", help="Only those pending, processing, failed, …")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show collections, and why one is not started or has failed."""
    from cli.environment import environ
    from cli.output import json_line, say, table

    pages = list(_pages(environ(), {"provider": str(provider or ""), "status": status}, limit))
    rows, all_known = [row for page in pages for row in page["data"]], pages[-1]["all_known"]
    if as_json:
        json_line({"data": rows, "all_known": all_known})
        return
    if rows:
        columns = ("Id", "Provider", "Amount", "Status", "Since", "Way", "Why")
        table("Collections", columns, [_cells(row) for row in rows])
    elif all_known:
        say("There is no collection.")
    if not all_known:
        say("Not all collections are known yet: what was collected since the backup is being read at Stripe.")


@app.command()
def show(collection: CollectionNumber, *, as_json: JsonOption = False) -> None:
    """Show what a collection is made of, and where it stands."""
    from cli.output import result

    found = _call("GET", f"{PATH}/{collection}", role="viewer")
    result(found, "\n".join(_lines(found)), as_json=as_json)


@app.command()
def rates(*, provider: ProviderOption = None, month: MonthOption = "", as_json: JsonOption = False) -> None:
    """Show of how much volume each commission rate has brought how much."""
    from cli.environment import environ
    from cli.figures import RATES, show_rates
    from cli.moments import month_span
    from cli.output import json_line

    query = {**({"provider": provider} if provider else {}), **month_span(month, environ())}
    found = _call("GET", f"{RATES}?{urlencode(query)}", role="viewer")
    if as_json:
        json_line(found)
    else:
        show_rates(found)


@app.command()
def collect(*, provider: ProviderOption = None, as_json: JsonOption = False) -> None:
    """Collect now what is due, and ask again for what could not be started."""
    from cli.output import result

    made = _call("POST", PATH, role="admin", body={"provider": provider} if provider else {})
    said = [f"Collection {row['id']} of provider {row['provider']}: {_money(row)}." for row in made["data"]]
    result(made, "\n".join(said) or "Nothing new is due; what waited is asked for again.", as_json=as_json)


@app.command()
def retry(collection: CollectionNumber, *, as_json: JsonOption = False) -> None:
    """Try a collection again that failed or was not started; of one under way its processor is asked now."""
    from cli.output import result

    found = _call("POST", f"{PATH}/{collection}/retry", role="operator")
    result(found, f"Collection {collection} is asked for again; it is {found['status']}.", as_json=as_json)


@app.command()
def verify(collection: CollectionNumber, *, as_json: JsonOption = False) -> None:
    """Look whether a collection's transactions are all there, and sum it up again. Exit code 1 when it is wrong."""
    from cli.output import json_line, say

    found = _call("POST", f"{PATH}/{collection}/verify", role="operator")
    if as_json:
        json_line(found)
    else:
        say("\n".join(_verified(found)))
    if not found["holds"]:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def recalculate(collection: CollectionNumber, *, as_json: JsonOption = False) -> None:
    """Correct a collection's amount while it is pending; later, the next collection takes the difference."""
    from cli.output import result

    found = _call("POST", f"{PATH}/{collection}/recalculate", role="admin")
    said = f"Collection {collection} is {found['status']} with {_money(found)}."
    result(found, f"{said} What else it comes to is the next one's.", as_json=as_json)


def _call(method: str, path: str, *, role: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    from cli.admin import call
    from cli.environment import environ

    return call(environ(), method, path, role=role, body=body)


def _pages(known: Mapping[str, str], filters: Mapping[str, str], limit: int) -> Iterator[Mapping[str, Any]]:
    from cli.admin import call

    cursor, left = "", limit
    while left > 0:
        wanted = {**filters, "cursor": cursor, "limit": str(min(left, _PAGE))}
        query = urlencode({name: value for name, value in wanted.items() if value})
        page = call(known, "GET", f"{PATH}?{query}", role="viewer")
        yield page
        if page["next_cursor"] is None:
            return
        cursor, left = page["next_cursor"], left - len(page["data"])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    from cli.services import printable

    since = row["settled_at"] or row["processing_since"] or row["created_at"]
    way = f"invoice {row['invoice_number'] or ''}".strip() if row["way"] == "invoice" else row["way"] or ""
    why = row["failed_reason"] or row["blocked_by"] or ""
    return tuple(map(printable, (str(row["id"]), str(row["provider"]), _money(row), row["status"], since, way, why)))


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    from cli.services import plain

    number, currency = row["id"], row["currency"]
    yield f"Collection {number} of provider {row['provider']} is {row['status']}: {_money(row)}."
    if why := row["failed_reason"] or row["blocked_by"]:
        yield f"Why: {plain(why)}"
    if row["invoice_number"]:
        yield f"Invoice {plain(row['invoice_number'])}, to be paid by {row['payable_until']}: {row['invoice_url']}"
    kept = f"{row['taken_at_source']:.2f} at source, {row['correction']:.2f} of collections before"
    yield f"Commission {row['commission']:.2f} of {row['volume']:.2f} {currency}; {kept}."
    yield f"Transactions: {', '.join(map(str, row['external_transaction_ids'])) or 'none'}"
    for back in row["went_back"]:
        what = f"{back['kind'].replace('_', ' ')} {plain(back['id'])} of {back['amount']:.2f} {currency}"
        yield f"Went back: {what}, {back['status']} ({back['at']})"
    if row["went_back"]:
        due = f"{row['returned']:.2f} {currency} are due again, {row['forgiven']:.2f} are not owed any more"
        yield f"Of it {due}, and a bank holds {row['disputed']:.2f}."


def _verified(found: Mapping[str, Any]) -> Iterator[str]:
    for number in found["missing_transactions"]:
        yield f"Missing transaction: {number}"
    stored, now, corrected = (found[name] for name in ("stored_amount", "recalculated_amount", "corrected"))
    if stored != now:
        yield f"Commission mismatch: calculated {now:.2f}, stored {stored:.2f}; {corrected:.2f} is corrected already."
    if found["holds"]:
        yield f"Collection {found['id']} is right."
    elif stored != now:
        yield f"Correct it: fullhouse commission recalculate {found['id']}"


def _money(row: Mapping[str, Any]) -> str:
    return f"{row['amount']:.2f} {row['currency']}"
