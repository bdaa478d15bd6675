"""Credit notes, and the payments of invoices, by the vendor's own SDK (S-1)."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.contract.sandbox.support import Running
from tests.contract.sandbox.test_stripe_invoices import sent_invoice

pytestmark = pytest.mark.proves("S-1", "S-2")


def _paid(sandbox: Running, amount: int = 2_000) -> stripe.Invoice:
    invoice = sent_invoice(sandbox, amount)
    sandbox.control("POST", f"stripe/invoices/{invoice.id}/pay", {})
    return invoice


def test_a_note_of_a_paid_invoice_gives_the_money_back_by_a_refund_of_its_charge(sandbox: Running) -> None:
    client, invoice = sandbox.stripe.v1, _paid(sandbox)
    (paid,) = client.invoice_payments.list({"invoice": invoice.id, "status": "paid"}).data
    assert (paid.amount_paid, paid.invoice, paid.payment.type) == (2_000, invoice.id, "payment_intent")
    wanted: Any = {"invoice": invoice.id, "amount": 700, "refund_amount": 700, "reason": "order_change"}
    note = client.credit_notes.create(wanted)
    assert (note.status, note.total, note.type, note.post_payment_amount) == ("issued", 700, "post_payment", 700)
    (refund,) = client.refunds.list({"payment_intent": str(paid.payment.payment_intent)}).data
    assert (refund.amount, [each.refund for each in note.refunds]) == (700, [refund.id])
    (listed,) = client.credit_notes.list({"invoice": invoice.id}).data
    assert (listed.id, client.credit_notes.retrieve(note.id).number) == (note.id, note.number)
    assert client.invoices.retrieve(invoice.id).post_payment_credit_notes_amount == 700
    for kind in ("credit_note.created", "charge.refunded"):
        sandbox.receiver.wait_for_stripe(kind)
    with pytest.raises(stripe.InvalidRequestError, match="at most what is left"):
        client.credit_notes.create({"invoice": invoice.id, "amount": 1_301, "refund_amount": 1_301})
    with pytest.raises(stripe.InvalidRequestError, match="must equal"):
        client.credit_notes.create({"invoice": invoice.id, "amount": 100})
    with pytest.raises(stripe.InvalidRequestError, match="only void"):
        client.credit_notes.void_credit_note(note.id)


def test_a_note_may_have_a_refund_that_was_made_before(sandbox: Running) -> None:
    client, invoice = sandbox.stripe.v1, _paid(sandbox)
    (paid,) = client.invoice_payments.list({"invoice": invoice.id}).data
    refund = client.refunds.create({"payment_intent": str(paid.payment.payment_intent), "amount": 900})
    link: Any = {"invoice": invoice.id, "amount": 900, "refunds": [{"refund": refund.id, "amount_refunded": 900}]}
    note = client.credit_notes.create(link)
    assert [(each.refund, each.amount_refunded) for each in note.refunds] == [(refund.id, 900)]
    assert len(client.refunds.list({"payment_intent": str(paid.payment.payment_intent)}).data) == 1
    link["invoice"] = _paid(sandbox).id
    with pytest.raises(stripe.InvalidRequestError, match="another invoice"):
        client.credit_notes.create(link)


def test_a_note_of_an_open_invoice_leaves_less_to_pay_and_can_be_voided(sandbox: Running) -> None:
    client, invoice = sandbox.stripe.v1, sent_invoice(sandbox)
    note = client.credit_notes.create({"invoice": invoice.id, "amount": 500})
    assert (note.type, client.invoices.retrieve(invoice.id).amount_remaining) == ("pre_payment", 1_500)
    assert client.credit_notes.void_credit_note(note.id).status == "void"
    sandbox.receiver.wait_for_stripe("credit_note.voided")
    assert client.invoices.retrieve(invoice.id).amount_remaining == 2_000
    client.credit_notes.create({"invoice": invoice.id, "amount": 2_000})
    ended = client.invoices.retrieve(invoice.id)
    assert (ended.status, ended.amount_paid, ended.total) == ("paid", 0, 2_000)


def test_a_credit_is_used_up_by_the_next_invoice(sandbox: Running) -> None:
    client, invoice = sandbox.stripe.v1, _paid(sandbox)
    client.credit_notes.create({"invoice": invoice.id, "amount": 300, "credit_amount": 300})
    customer = str(invoice.customer)
    assert client.customers.retrieve(customer).balance == -300
    after = sent_invoice(sandbox, 1_000, to=customer)
    assert (after.total, after.amount_due, after.starting_balance) == (1_000, 700, -300)
    assert client.customers.retrieve(customer).balance == 0
