"""Transaction search: what moved an account's balance, hours later, in windows of a month (Reporting v1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sandbox.core.http import Record
from sandbox.paypal.account import PaypalAccount
from sandbox.paypal.errors import PaypalRefusedError
from sandbox.paypal.forms import money
from sandbox.paypal.state import Grant

LAG: Final = 3 * 3600.0
"""Until a transaction is in the list, on the sandbox's clock."""
LONGEST: Final = dt.timedelta(days=31)
_PAGE, _LARGEST_PAGE = 100, 500
_PARAMETERS: Final = frozenset(
    {"start_date", "end_date", "transaction_id", "transaction_status", "transaction_type", "transaction_currency",
     "fields", "page", "page_size", "balance_affecting_records_only"}
)  # fmt: skip


class Code(StrEnum):
    """PayPal's event codes of transactions."""

    PAYMENT = "T0006"
    REFUND = "T1107"
    REVERSAL = "T1106"
    CHARGEBACK = "T1201"
    CHARGEBACK_BACK = "T1202"


def note(
    account: PaypalAccount,
    item: Record,
    code: Code,
    amount: Decimal,
    *,
    status: str,
    reference: str = "",
    at: float | None = None,
) -> None:
    """Writes down what moved the balance: `item` is the capture or refund, `reference` the capture of a refund."""
    timers = account.world.timers
    moment = timers.wall() if at is None else at
    account.state.transactions[item["id"]] = {
        "id": item["id"], "code": code.value, "amount": str(amount), "fee": "0", "status": status,
        "currency": item["amount"]["currency_code"], "merchant": item["merchant"], "reference": reference,
        "custom_id": item.get("custom_id", ""), "invoice_id": item.get("invoice_id", ""), "at": moment,
        "updated": moment, "listed_from": timers.elapsed() + LAG - (timers.wall() - moment),
    }  # fmt: skip


def search(account: PaypalAccount, grant: Grant, query: dict[str, str]) -> Record:
    """Raises PaypalRefusedError."""
    for name in query:
        if name not in _PARAMETERS:
            raise _refused("INVALID_PARAMETER", name)
    start, end = _moment(query, "start_date"), _moment(query, "end_date")
    if end < start or end - start > LONGEST:
        raise _refused("Date range is greater than 31 days", "end_date")
    found = [each for each in account.state.transactions.values() if _listed(account, grant, each, start, end, query)]
    found.sort(key=lambda row: float(row["at"]))
    return _page(account, grant, found, query)


def balances(account: PaypalAccount, grant: Grant) -> Record:
    """What a seller has in each currency, the main one first."""
    rows = [each for each in account.state.transactions.values() if each["merchant"] == grant.merchant]
    main = account.state.merchants[grant.merchant].currency
    return {
        "balances": [_balance(rows, each, main) for each in dict.fromkeys([main, *(row["currency"] for row in rows)])],
        "account_id": grant.merchant, "as_of_time": account.now(), "last_refresh_time": account.now(),
    }  # fmt: skip


def _balance(rows: list[Record], currency: str, main: str) -> Record:
    settled = [row for row in rows if row["currency"] == currency and row["status"] == "S"]
    total = sum((Decimal(row["amount"]) + Decimal(row["fee"]) for row in settled), Decimal(0))
    return {
        "currency": currency, "primary": currency == main, "total_balance": money(total, currency),
        "available_balance": money(total, currency), "withheld_balance": money(Decimal(0), currency),
    }  # fmt: skip


def _listed(
    account: PaypalAccount, grant: Grant, row: Record, start: dt.datetime, end: dt.datetime, query: dict[str, str]
) -> bool:
    if row["merchant"] != grant.merchant or row["listed_from"] > account.world.timers.elapsed():
        return False
    wanted = {"transaction_id": "id", "transaction_status": "status", "transaction_type": "code",
              "transaction_currency": "currency"}  # fmt: skip
    fits = all(query[name] == row[field] for name, field in wanted.items() if name in query)
    return fits and start <= dt.datetime.fromtimestamp(int(row["at"]), tz=dt.UTC) <= end


def _page(account: PaypalAccount, grant: Grant, found: list[Record], query: dict[str, str]) -> Record:
    page, size = _whole(query, "page", 1), _whole(query, "page_size", _PAGE)
    if not 1 <= size <= _LARGEST_PAGE:
        raise _refused("INVALID_PAGE_SIZE", "page_size")
    start = (max(page, 1) - 1) * size
    return {
        "transaction_details": [{"transaction_info": _shown(each)} for each in found[start : start + size]],
        "account_number": grant.merchant, "start_date": query["start_date"], "end_date": query["end_date"],
        "last_refreshed_datetime": _written(account.world.timers.wall() - LAG), "page": page,
        "total_items": len(found), "total_pages": -(-len(found) // size), "links": [],
    }  # fmt: skip


def _shown(row: Record) -> Record:
    currency = row["currency"]
    info: Record = {
        "transaction_id": row["id"], "transaction_event_code": row["code"],
        "transaction_initiation_date": _written(row["at"]), "transaction_updated_date": _written(row["updated"]),
        "transaction_amount": money(Decimal(row["amount"]), currency), "transaction_status": row["status"],
        "protection_eligibility": "01",
    }  # fmt: skip
    if row["reference"]:
        info |= {"paypal_reference_id": row["reference"], "paypal_reference_id_type": "TXN"}
    if Decimal(row["fee"]):
        info["fee_amount"] = money(Decimal(row["fee"]), currency)
    named = {"custom_field": row["custom_id"], "invoice_id": row["invoice_id"]}
    return info | {name: value for name, value in named.items() if value}


def _written(moment: float) -> str:
    """`2026-01-10T20:14:00Z`."""
    return dt.datetime.fromtimestamp(moment, tz=dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _moment(query: dict[str, str], name: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(query.get(name, ""))
    except ValueError as error:
        raise _refused("Invalid date", name) from error
    if moment.tzinfo is None:
        raise _refused("Invalid date", name)
    return moment


def _whole(query: dict[str, str], name: str, otherwise: int) -> int:
    text = query.get(name, str(otherwise))
    if not text.isdecimal() or len(text) > 9:
        raise _refused("INVALID_PARAMETER", name)
    return int(text)


def _refused(issue: str, field: str) -> PaypalRefusedError:
    return PaypalRefusedError.invalid(issue, field=field, location="query")
