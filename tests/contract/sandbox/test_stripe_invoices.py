"""Invoices that an account sends to its customers, by the vendor's own SDK (S-1)."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.contract.sandbox.support import Running

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")
CARD, DECLINED = "4242424242424242", "4000000000009995"
DAYS = 14


def _customer(sandbox: Running, **change: Any) -> str:
    wanted: Any = {"email": "sam@example.com", "metadata": {"provider": "1"}, **change}
    return sandbox.stripe.v1.customers.create(wanted).id


def _draft(sandbox: Running, to: str, **change: Any) -> stripe.Invoice:
    wanted: Any = {
        "customer": to, "collection_method": "send_invoice", "days_until_due": DAYS, "currency": "usd",
        "metadata": {"collection": "commission-1"}, **change,
    }  # fmt: skip
    return sandbox.stripe.v1.invoices.create(wanted)


def sent_invoice(sandbox: Running, amount: int = 2_000, *, to: str = "", **change: Any) -> stripe.Invoice:
    client, customer = sandbox.stripe.v1, to or _customer(sandbox)
    draft = _draft(sandbox, customer, **change)
    client.invoice_items.create({"customer": customer, "invoice": draft.id, "amount": amount, "currency": "usd"})
    client.invoices.finalize_invoice(draft.id, {"auto_advance": True})
    return client.invoices.send_invoice(draft.id)


def test_an_invoice_is_sent_found_and_paid_on_its_page(sandbox: Running) -> None:
    client = sandbox.stripe.v1
    invoice = sent_invoice(sandbox)
    assert (invoice.status, invoice.amount_due, invoice.customer_email) == ("open", 2_000, "sam@example.com")
    assert (invoice.due_date or 0) - invoice.created == DAYS * 86_400
    assert str(invoice.number).endswith("-0001")
    (found,) = client.invoices.list({"customer": str(invoice.customer)}).data
    assert (found.id, str(found.metadata)) == (invoice.id, str(invoice.metadata))
    assert '"commission-1"' in str(found.metadata)
    (known,) = client.customers.list({"email": "sam@example.com", "limit": 1}).data
    assert known.id == invoice.customer
    page = sandbox.http.get(f"{sandbox.url}/invoice/{invoice.id}")
    assert "Pay $20.00 in the sandbox" in page.text
    declined = sandbox.http.post(page.url, {"card": DECLINED})
    assert (declined.status_code, client.invoices.retrieve(invoice.id).status) == (402, "open")
    sandbox.receiver.wait_for_stripe("invoice.payment_failed")
    assert "This invoice is paid" in sandbox.http.post(page.url, {"card": CARD}).text
    assert sandbox.http.post(page.url, {"card": CARD}).status_code == 409
    paid = client.invoices.retrieve(invoice.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 2_000, 0)
    (hook,) = sandbox.receiver.wait_for_stripe("invoice.paid")
    assert hook.json()["data"]["object"]["id"] == invoice.id
    (charge,) = client.charges.list({"customer": str(invoice.customer), "limit": 1}).data
    assert (charge.amount, charge.status, charge.metadata.to_dict()) == (2_000, "succeeded", {})
    seen = sandbox.control("GET", "state")["stripe"]
    assert charge.id not in [each["id"] for each in seen["charges"]], "it is no buyer's"
    assert [each["amountPaid"] for each in seen["invoices"] if each["id"] == invoice.id] == [2_000]


def test_the_same_key_makes_one_invoice_and_a_draft_can_be_deleted(sandbox: Running) -> None:
    client, customer = sandbox.stripe.v1, _customer(sandbox)
    wanted: Any = {"customer": customer, "collection_method": "send_invoice", "days_until_due": 1, "currency": "usd"}
    made, again = (client.invoices.create(wanted, {"idempotency_key": f"i-{customer}"}) for _ in range(2))
    assert (made.id, made.status, made.total) == (again.id, "draft", 0)
    client.invoices.delete(made.id)
    assert client.invoices.list({"customer": customer}).data == []


@pytest.mark.parametrize(
    ("end", "status", "kind"),
    [
        ("void_invoice", "void", "invoice.voided"),
        ("mark_uncollectible", "uncollectible", "invoice.marked_uncollectible"),
    ],
)
def test_an_open_invoice_ends_without_money(sandbox: Running, end: str, status: str, kind: str) -> None:
    invoice = sent_invoice(sandbox)
    ended = getattr(sandbox.stripe.v1.invoices, end)(invoice.id)
    assert (ended.status, ended.amount_paid) == (status, 0)
    sandbox.receiver.wait_for_stripe(kind)
    with pytest.raises(stripe.InvalidRequestError, match="has a status of"):
        sandbox.stripe.v1.invoices.mark_uncollectible(invoice.id)
    payable = 200 if status == "uncollectible" else 409
    sandbox.control("POST", f"stripe/invoices/{invoice.id}/pay", {}, status=payable)


def test_an_invoice_is_paid_in_parts_or_elsewhere_and_comes_due(sandbox: Running) -> None:
    invoice, other = sent_invoice(sandbox), sent_invoice(sandbox)
    sandbox.control("POST", f"stripe/invoices/{invoice.id}/pay", {"amount": 500})
    part = sandbox.stripe.v1.invoices.retrieve(invoice.id)
    assert (part.status, part.amount_paid, part.amount_remaining) == ("open", 500, 1_500)
    elsewhere = sandbox.stripe.v1.invoices.pay(other.id, {"paid_out_of_band": True})
    assert (elsewhere.status, elsewhere.amount_paid) == ("paid", 2_000)
    sandbox.advance(DAYS * 86_400 + 60)
    (hook,) = sandbox.receiver.wait_for_stripe("invoice.overdue")
    assert hook.json()["data"]["object"]["id"] == invoice.id


def test_a_draft_that_may_advance_is_sent_by_itself(sandbox: Running) -> None:
    customer = _customer(sandbox)
    draft = _draft(sandbox, customer, auto_advance=True)
    sandbox.stripe.v1.invoice_items.create(
        {"customer": customer, "invoice": draft.id, "amount": 900, "currency": "usd"}
    )
    sandbox.advance(3_601)
    assert sandbox.stripe.v1.invoices.retrieve(draft.id).status == "open"


def test_what_stripe_does_not_charge_is_the_customers_debt(sandbox: Running) -> None:
    client, customer = sandbox.stripe.v1, _customer(sandbox)
    draft = _draft(sandbox, customer)
    client.invoice_items.create({"customer": customer, "invoice": draft.id, "amount": 49, "currency": "usd"})
    finalized = client.invoices.finalize_invoice(draft.id)
    assert (finalized.status, finalized.amount_paid, finalized.ending_balance) == ("paid", 0, 49)
    assert client.customers.retrieve(customer).balance == 49


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"customer": "cus_unknown"}, "No such customer"),
        ({"collection_method": "charge_automatically"}, "only sends"),
        ({"subscription": "sub_1"}, "can't set subscription"),
    ],
)
def test_an_invoice_that_stripe_would_refuse_is_refused(sandbox: Running, change: dict[str, Any], message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message):
        _draft(sandbox, _customer(sandbox), **change)


def test_nobody_without_an_address_is_sent_an_invoice(sandbox: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Missing email"):
        _draft(sandbox, _customer(sandbox, email=""))
