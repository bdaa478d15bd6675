"""How commands name a ticket: by its code, by the number that stands on it, or by order and seat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from cli.errors import UsageError

CodeArgument = Annotated[
    str, typer.Argument(metavar="CODE", help="What the QR code says, or what stands below it: 7K3M-2QXD-1.")
]
OrderOption = Annotated[str, typer.Option("--order", help="The order's short number, with --seat.")]
SeatOption = Annotated[int, typer.Option("--seat", min=0, max=65_535, help="The seat within the order.")]

_PRINTED: Final = re.compile(r"([\w-]{8,12})-([0-9]{1,5})")


def shown(code: str, order: str, seat: int) -> dict[str, object]:
    """The ticket as the API takes it; raises UsageError for none or two of them."""
    if bool(code) == bool(order) or bool(order) != bool(seat):
        raise UsageError("Name one ticket: CODE, or --order with --seat.")
    if printed := _PRINTED.fullmatch(code):
        return {"orderNumber": printed[1], "seat": int(printed[2])}
    return {"code": code} if code else {"orderNumber": order, "seat": seat}


def ticket_name(row: Mapping[str, Any]) -> str:
    """As it stands on the ticket; one that is older than its number by the order's id."""
    from chassis.ids import display_number

    order = display_number(row["orderNumber"]) if row["orderNumber"] else row.get("orderId", "")
    return f"{order}-{row['seat']}"
