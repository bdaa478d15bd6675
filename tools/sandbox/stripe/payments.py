"""A buyer's try to pay a session: the payment intent, the charge, and the events that follow."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.core.http import Record
from sandbox.stripe import money
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.balance import book
from sandbox.stripe.cards import WAYS, Ending, Way, method_details
from sandbox.stripe.connected import take_fee
from sandbox.stripe.disputes import open_dispute
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.shapes import CHARGE, PAYMENT_INTENT, address

DEBIT_SECONDS = 180.0
"""How long a bank debit stays pending, on the sandbox's clock."""
_AUTHENTICATION_FAILED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as typed on the page."""

    email: str = ""
    name: str = "Jordan Ellis"
    country: str = "US"


def pay(account: StripeAccount, session: Record, way: Way, payer: Payer) -> Ending:
    """One try. Raises StripeRefusedError when the session isn't open or doesn't take this way."""
    _check(session, way)
    session["customer_details"] = _details(session, payer)
    if session["amount_total"] == 0:
        _complete(account, session, paid_as="no_payment_required")
        return Ending.PAID
    intent = _intent(account, session)
    intent |= {"payment_method": account.new_id("pm_1"), "last_payment_error": None}
    if way.ending is Ending.PAID:
        _take(account, session, intent, way)
    elif way.ending is Ending.DECLINED:
        _decline(account, session, intent, way)
    elif way.ending is Ending.PENDING:
        _start_debit(account, session, intent, way)
    else:
        _ask(account, session, intent)
    return way.ending


def authenticate(account: StripeAccount, session: Record, way: Way, *, approved: bool) -> Ending:
    """The buyer's answer to the bank's question. Raises StripeRefusedError when nothing was asked."""
    intent = account.state.intents.find(session["payment_intent"] or "")
    if session["status"] != "open" or intent is None or intent["status"] != "requires_action":
        raise StripeRefusedError.invalid("This session waits for no authentication.", status=409)
    if approved:
        _take(account, session, intent, way)
        return Ending.PAID
    error = _error("payment_intent_authentication_failure", None, _AUTHENTICATION_FAILED, intent)
    _fail_intent(account, intent, error)
    return Ending.DECLINED


def _check(session: Record, way: Way) -> None:
    if session["status"] != "open":
        raise StripeRefusedError.invalid(f"This Checkout Session is {session['status']}; it can't be paid.", status=409)
    if way.method not in session["payment_method_types"]:
        raise StripeRefusedError.invalid(f"This Checkout Session doesn't take {way.method}.", status=409)


def _details(session: Record, payer: Payer) -> Record:
    return {
        "address": address(payer.country, "75201"), "business_name": None,
        "email": session["customer_email"] or payer.email, "individual_name": None, "name": payer.name, "phone": None,
        "tax_exempt": "none", "tax_ids": [],
    }  # fmt: skip


def _intent(account: StripeAccount, session: Record) -> Record:
    """The session's intent; Stripe makes it with the first try."""
    known = account.state.intents.find(session["payment_intent"] or "")
    if known is not None:
        return known
    data = account.state.intent_data[session["id"]]
    intent_id = account.new_id("pi_3")
    intent = PAYMENT_INTENT | {
        "id": intent_id,
        "amount": session["amount_total"],
        "application_fee_amount": data.get("application_fee_amount"),
        "client_secret": account.new_id(f"{intent_id}_secret_", 25),
        "created": account.now,
        "currency": session["currency"],
        "description": data.get("description"),
        "metadata": data.get("metadata", {}),
        "payment_method_types": session["payment_method_types"],
        "receipt_email": data.get("receipt_email"),
        "statement_descriptor_suffix": data.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }
    account.state.intents.add(intent)
    account.state.session_of_intent[intent_id] = session["id"]
    session["payment_intent"] = intent_id
    account.events.emit("payment_intent.created", intent)
    return intent


def _take(account: StripeAccount, session: Record, intent: Record, way: Way) -> None:
    charge = charge_for(account, session, intent, way, status="succeeded")
    succeed(account, intent, charge)
    _complete(account, session, paid_as="paid")
    if way.disputed:
        kind = "inquiry" if way.inquiry else "chargeback"
        account.world.timers.later(0.0, "dispute_charge", charge["id"], kind, account.id)


async def dispute_later(account: StripeAccount, charge_id: str, kind: str = "chargeback", owner: str = "") -> None:
    """The bank takes it back, or asks about it. `owner`: the account that has the charge."""
    account = account.acting(owner)
    charge = account.state.charges.get(charge_id)
    open_dispute(account, charge, amount=charge["amount"], reason="fraudulent", inquiry=kind == "inquiry")


def _ask(account: StripeAccount, session: Record, intent: Record) -> None:
    url = f"{account.world.settings.sandbox_url}/pay/{session['id']}/authenticate"
    intent |= {
        "status": "requires_action",
        "next_action": {"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": url}},
    }
    account.events.emit("payment_intent.requires_action", intent)


def _decline(account: StripeAccount, session: Record, intent: Record, way: Way) -> None:
    charge = charge_for(account, session, intent, way, status="failed")
    fail(account, intent, charge, way)


def _start_debit(account: StripeAccount, session: Record, intent: Record, way: Way) -> None:
    charge = charge_for(account, session, intent, way, status="pending")
    intent |= {"status": "processing", "latest_charge": charge["id"], "processing": {"type": way.method}}
    account.events.emit("charge.pending", charge)
    account.events.emit("payment_intent.processing", intent)
    _complete(account, session, paid_as="unpaid")
    account.world.timers.later(DEBIT_SECONDS, "end_debit", session["id"], charge["id"], way.number, account.id)


async def end_debit(account: StripeAccount, session_id: str, charge_id: str, number: str, owner: str = "") -> None:
    """The bank has answered. `owner`: the account that has the session."""
    account = account.acting(owner)
    settle_debit(account, account.state.sessions.get(session_id), account.state.charges.get(charge_id), WAYS[number])


def settle_debit(account: StripeAccount, session: Record, charge: Record, way: Way) -> None:
    """The money of a debit comes, or will not."""
    intent = account.state.intents.get(charge["payment_intent"])
    intent["processing"] = None
    if way.settles:
        charge |= {"status": "succeeded", "captured": True, "amount_captured": charge["amount"], "paid": True}
        succeed(account, intent, charge)
        session["payment_status"] = "paid"
        account.events.emit("checkout.session.async_payment_succeeded", session)
        return
    charge |= {"status": "failed", "failure_code": way.decline_code, "failure_message": way.message, "paid": False}
    fail(account, intent, charge, way)
    account.events.emit("checkout.session.async_payment_failed", session)


def _complete(account: StripeAccount, session: Record, *, paid_as: str) -> None:
    session |= {"status": "complete", "payment_status": paid_as, "url": None}
    account.events.emit("checkout.session.completed", session)


def succeed(account: StripeAccount, intent: Record, charge: Record) -> None:
    transaction = book(account, charge["id"], charge["amount"], money.fee(charge["amount"]), kind="charge",
                       currency=charge["currency"], application_fee=take_fee(account, charge))  # fmt: skip
    charge["balance_transaction"] = transaction["id"]
    intent |= {
        "status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"], "next_action": None,
    }  # fmt: skip
    account.events.emit("charge.succeeded", charge)
    account.events.emit("payment_intent.succeeded", intent)


def fail(account: StripeAccount, intent: Record, charge: Record, way: Way) -> None:
    intent["latest_charge"] = charge["id"]
    account.events.emit("charge.failed", charge)
    error = _error(way.code, way.decline_code, way.message, intent) | {"charge": charge["id"]}
    details = charge["payment_method_details"]
    error["payment_method"] |= {"type": details["type"], details["type"]: details[details["type"]]}
    _fail_intent(account, intent, error)


def _fail_intent(account: StripeAccount, intent: Record, error: Record) -> None:
    intent |= {
        "status": "requires_payment_method",
        "last_payment_error": error,
        "payment_method": None,
        "next_action": None,
    }
    account.events.emit("payment_intent.payment_failed", intent)


def _error(code: str, decline_code: str | None, message: str, intent: Record) -> Record:
    error: Record = {
        "code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}", "message": message,
        "payment_method": {"id": intent["payment_method"], "object": "payment_method", "type": "card"},
        "type": "card_error" if decline_code else "invalid_request_error",
    }  # fmt: skip
    return error | {"decline_code": decline_code} if decline_code else error


def charge_for(account: StripeAccount, session: Record, intent: Record, way: Way, *, status: str) -> Record:
    ok, failed = status == "succeeded", status == "failed"
    details = session["customer_details"]
    charge_id = account.new_id("py_3" if way.is_debit else "ch_3")
    charge = CHARGE | {
        "id": charge_id,
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if ok else 0,
        "application_fee_amount": intent["application_fee_amount"],
        "billing_details": {"address": details["address"], "email": details["email"], "name": details["name"],
                            "phone": None, "tax_id": None},
        "captured": ok,
        "created": account.now,
        "currency": intent["currency"],
        "description": intent["description"],
        "failure_code": way.code if failed else None,
        "failure_message": way.message if failed else None,
        "metadata": intent["metadata"],
        "outcome": _outcome(way, failed=failed),
        "paid": ok,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": method_details(way),
        "receipt_email": intent["receipt_email"],
        "receipt_url": f"{account.world.settings.sandbox_url}/payments#{charge_id}" if ok else None,
        "status": status,
    }  # fmt: skip
    return account.state.charges.add(charge)


def _outcome(way: Way, *, failed: bool) -> Record:
    if failed:
        reason = way.decline_code
        return {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "declined_by_network",
            "reason": reason,
            "risk_level": "normal",
            "risk_score": 33,
            "seller_message": f"The bank returned the decline code `{reason}`.",
            "type": "issuer_declined",
        }
    return {"advice_code": None, "network_advice_code": None, "network_decline_code": None,
            "network_status": "approved_by_network", "reason": None, "risk_level": "normal", "risk_score": 12,
            "seller_message": "Payment complete.", "type": "authorized"}  # fmt: skip
