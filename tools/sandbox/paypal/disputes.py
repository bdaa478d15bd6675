"""Disputes at PayPal (v1): a bank takes a capture back, or only asks; PayPal says what it has moved."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from sandbox.core.http import Record
from sandbox.core.messages import iso
from sandbox.paypal import captures
from sandbox.paypal.account import PaypalAccount
from sandbox.paypal.errors import PaypalRefusedError
from sandbox.paypal.forms import money
from sandbox.paypal.reporting import Code, note
from sandbox.paypal.state import Grant

FEE: Final = Decimal(20)
_PAGE, _LARGEST_PAGE = 10, 50
_REACH: Final = dt.timedelta(days=180)
_PARAMETERS: Final = frozenset(
    {"start_time", "disputed_transaction_id", "page_size", "next_page_token", "dispute_state", "update_time_after",
     "update_time_before"}
)  # fmt: skip
_SUMMARY: Final = (
    "dispute_id", "create_time", "update_time", "reason", "status", "dispute_amount", "dispute_life_cycle_stage",
    "dispute_channel", "links",
)  # fmt: skip


def open_dispute(account: PaypalAccount, capture: Record, *, amount: Decimal | None, inquiry: bool = False) -> Record:
    """Takes the money of a capture; of an `inquiry` none. Raises PaypalRefusedError."""
    left = captures.left(account, capture)
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED") or not 0 < (amount or left) <= left:
        raise PaypalRefusedError.unprocessable("CAPTURE_STATUS_NOT_VALID")
    currency, now = capture["amount"]["currency_code"], iso(account.world.timers.wall())
    dispute_id = f"PP-R-{account.world.ids.base62('', 3).upper()}-{account.new_id()[:8]}"
    dispute: Record = {
        "dispute_id": dispute_id, "create_time": now, "update_time": now, "reason": "UNAUTHORISED",
        "status": "WAITING_FOR_SELLER_RESPONSE", "dispute_amount": money(amount or left, currency),
        "dispute_life_cycle_stage": "INQUIRY" if inquiry else "CHARGEBACK",
        "dispute_channel": "INTERNAL" if inquiry else "EXTERNAL", "money_movements": [],
        "dispute_outcome": {"outcome_code": "NONE"},
        "disputed_transactions": [
            {"seller_transaction_id": capture["id"], "gross_amount": capture["amount"],
             "seller": account.payee(capture["merchant"]) | {"name": account.state.merchants[capture["merchant"]].name}}
        ],
        "links": [{"href": f"{account.base}/v1/customer/disputes/{dispute_id}", "rel": "self", "method": "GET"}],
        "app": capture["app"], "merchant": capture["merchant"],
    }  # fmt: skip
    account.state.disputes[dispute_id] = dispute
    if not inquiry:
        _move(account, dispute, "DEBIT")
    account.events.emit("CUSTOMER.DISPUTE.CREATED", dispute, "dispute", app=capture["app"])
    return dispute


def close(account: PaypalAccount, dispute: Record, *, won: bool) -> Record:
    """PayPal has decided: what is won comes back. An inquiry is lost by its money being taken then."""
    if dispute["status"] == "RESOLVED":
        raise PaypalRefusedError.unprocessable("ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE")
    taken = any(each["type"] == "DEBIT" for each in dispute["money_movements"])
    if won == taken:
        _move(account, dispute, "CREDIT" if won else "DEBIT")
    outcome = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
    dispute |= {"status": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}, "update_time": _now(account)}
    account.events.emit("CUSTOMER.DISPUTE.RESOLVED", dispute, "dispute", app=dispute["app"])
    return dispute


def get(account: PaypalAccount, grant: Grant, dispute_id: str) -> Record:
    """Raises PaypalRefusedError for what isn't the seller's."""
    dispute: Record | None = account.state.disputes.get(dispute_id)
    if dispute is None or dispute["merchant"] != grant.merchant:
        raise PaypalRefusedError.unknown()
    return dispute


def listed(account: PaypalAccount, grant: Grant, query: dict[str, str]) -> Record:
    """A page of summaries, the newest first. Raises PaypalRefusedError."""
    for name in query:
        if name not in _PARAMETERS:
            raise PaypalRefusedError.invalid("INVALID_PARAMETER", field=name, location="query")
    since, size, start = _since(account, query), _whole(query, "page_size", _PAGE), _whole(query, "next_page_token", 0)
    if not 1 <= size <= _LARGEST_PAGE:
        raise PaypalRefusedError.invalid("INVALID_PAGE_SIZE", field="page_size", location="query")
    rows = [each for each in account.state.disputes.values() if each["merchant"] == grant.merchant]
    about = query.get("disputed_transaction_id")
    found = [
        each for each in reversed(rows)
        if dt.datetime.fromisoformat(each["update_time"]) >= since
        and about in (None, each["disputed_transactions"][0]["seller_transaction_id"])
    ]  # fmt: skip
    address = f"{account.base}/v1/customer/disputes?page_size={size}"
    links = [{"href": address, "rel": "self", "method": "GET"}]
    if len(found) > start + size:
        links.append({"href": f"{address}&next_page_token={start + size}", "rel": "next", "method": "GET"})
    page = found[start : start + size]
    return {"items": [{name: each[name] for name in _SUMMARY} for each in page], "links": links}


def _move(account: PaypalAccount, dispute: Record, kind: str) -> None:
    """Money of the seller: that of the payment, and PayPal's fee beside it."""
    amount, now, debit = dispute["dispute_amount"], _now(account), kind == "DEBIT"
    fee = money(FEE, amount["currency_code"])
    for each, reason in ((amount, "DISPUTE_SETTLEMENT"), (fee, "CHARGEBACK_FEE")):
        moved = {"affected_party": "SELLER", "amount": each, "initiated_time": now, "type": kind, "reason": reason}
        dispute["money_movements"].append(moved)
    value = Decimal(amount["value"])
    row = {"id": account.new_id(), "amount": amount, "merchant": dispute["merchant"]}
    capture_id = dispute["disputed_transactions"][0]["seller_transaction_id"]
    code = Code.CHARGEBACK if debit else Code.CHARGEBACK_BACK
    note(account, row, code, -value if debit else value, status="S", reference=capture_id)


def _now(account: PaypalAccount) -> str:
    return iso(account.world.timers.wall())


def _since(account: PaypalAccount, query: dict[str, str]) -> dt.datetime:
    now = dt.datetime.fromtimestamp(account.world.timers.wall(), tz=dt.UTC)
    if "update_time_after" not in query:
        return now - _REACH
    try:
        since = dt.datetime.fromisoformat(query["update_time_after"])
    except ValueError as error:
        raise PaypalRefusedError.invalid("INVALID_PARAMETER", field="update_time_after", location="query") from error
    if since.tzinfo is None or since < now - _REACH:
        raise PaypalRefusedError.invalid("INVALID_PARAMETER", field="update_time_after", location="query")
    return since


def _whole(query: dict[str, str], name: str, otherwise: int) -> int:
    text = query.get(name, str(otherwise))
    if not text.isdecimal() or len(text) > 9:
        raise PaypalRefusedError.invalid("INVALID_PARAMETER", field=name, location="query")
    return int(text)
