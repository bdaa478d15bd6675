"""Stripe's v1 endpoints of customers and invoices, as `endpoints.py` lists the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from sandbox.core.http import Record
from sandbox.stripe import credit_notes, customers, invoice_payments, invoices
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.lists import listed
from sandbox.stripe.setup import update_fields

_Work: TypeAlias = Callable[[StripeAccount, Record, dict[str, str]], Record]


def invoice_endpoints() -> list[tuple[str, str, str, str, _Work]]:
    of = "_invoice_{}_params:Invoice{}Params".format
    return [
        ("POST", "customers", "customers.create", "_customer_create_params:CustomerCreateParams", customers.create),
        ("GET", "customers", "customers.list", "_customer_list_params:CustomerListParams", _customers),
        ("GET", "customers/{id}", "customers.retrieve", "_customer_retrieve_params:CustomerRetrieveParams",
         lambda account, _, path: account.state.customers.get(path["id"])),
        ("POST", "customers/{id}", "customers.update", "_customer_update_params:CustomerUpdateParams",
         customers.update),
        ("POST", "invoiceitems", "invoiceitems.create", "_invoice_item_create_params:InvoiceItemCreateParams",
         invoices.add_item),
        ("POST", "invoices", "invoices.create", of("create", "Create"), invoices.create),
        ("GET", "invoices", "invoices.list", of("list", "List"), _invoices),
        ("GET", "invoices/{id}", "invoices.retrieve", of("retrieve", "Retrieve"),
         lambda account, _, path: account.state.invoices.get(path["id"], param="invoice")),
        ("POST", "invoices/{id}", "invoices.update", of("update", "Update"),
         partial(update_fields, "invoices", ("metadata", "description", "auto_advance"))),
        ("DELETE", "invoices/{id}", "invoices.delete", of("delete", "Delete"), invoices.delete),
        ("POST", "invoices/{id}/finalize", "invoices.finalize_invoice", of("finalize_invoice", "FinalizeInvoice"),
         invoices.finalize),
        ("POST", "invoices/{id}/send", "invoices.send_invoice", of("send_invoice", "SendInvoice"), invoices.send),
        ("POST", "invoices/{id}/void", "invoices.void_invoice", of("void_invoice", "VoidInvoice"), invoices.void),
        ("POST", "invoices/{id}/mark_uncollectible", "invoices.mark_uncollectible",
         of("mark_uncollectible", "MarkUncollectible"), invoices.mark_uncollectible),
        ("GET", "invoice_payments", "invoice_payments.list", "_invoice_payment_list_params:InvoicePaymentListParams",
         _payments),
        ("POST", "credit_notes", "credit_notes.create", "_credit_note_create_params:CreditNoteCreateParams",
         credit_notes.create),
        ("GET", "credit_notes", "credit_notes.list", "_credit_note_list_params:CreditNoteListParams", _credit_notes),
        ("GET", "credit_notes/{id}", "credit_notes.retrieve",
         "_credit_note_retrieve_params:CreditNoteRetrieveParams",
         lambda account, _, path: account.state.credit_notes.get(path["id"])),
        ("POST", "credit_notes/{id}/void", "credit_notes.void_credit_note",
         "_credit_note_void_credit_note_params:CreditNoteVoidCreditNoteParams", credit_notes.void),
        ("POST", "invoices/{id}/pay", "invoices.pay", of("pay", "Pay"), invoice_payments.pay_elsewhere),
    ]  # fmt: skip


def _customers(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    return listed(account.state.customers, params, url="/v1/customers", fields=("email",))


def _invoices(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    fields = ("collection_method", "customer", "status")
    return listed(account.state.invoices, params, url="/v1/invoices", fields=fields)


def _payments(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    fields = ("invoice", "status")
    return listed(account.state.invoice_payments, params, url="/v1/invoice_payments", fields=fields)


def _credit_notes(account: StripeAccount, params: Record, _: dict[str, str]) -> Record:
    fields = ("customer", "invoice")
    return listed(account.state.credit_notes, params, url="/v1/credit_notes", fields=fields)
