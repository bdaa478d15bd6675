"""Stripe's objects with every field they have, the empty ones too: taken from the SDK's own resource types."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin

import stripe
from stripe.checkout import Session

from sandbox.core.http import Record

_NONE = type(None)
_ADDRESS: Record = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def _blank(resource: Any, *, without: frozenset[str] = frozenset()) -> Record:
    """All nullable fields of the resource as null; `without` are those that Stripe leaves out unless asked."""
    return {
        name: None
        for name, hint in resource.__annotations__.items()
        if name not in without and get_origin(hint) in (Union, types.UnionType) and _NONE in get_args(hint)
    }


SESSION: Record = _blank(
    Session, without=frozenset({"line_items", "discounts", "optional_items", "name_collection"})
) | {
    "object": "checkout.session",
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "custom_fields": [],
    "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
    "discounts": [],
    "invoice_creation": {
        "enabled": False,
        "invoice_data": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": None,
            "metadata": {},
            "rendering_options": None,
        },
    },
    "livemode": False,
    "metadata": {},
    "payment_method_collection": "if_required",
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "phone_number_collection": {"enabled": False},
    "shipping_options": [],
    "ui_mode": "hosted_page",
}

PAYMENT_INTENT: Record = _blank(stripe.PaymentIntent) | {
    "object": "payment_intent",
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "capture_method": "automatic_async",
    "confirmation_method": "automatic",
    "livemode": False,
    "metadata": {},
    "payment_method_options": {},
}

CHARGE: Record = _blank(stripe.Charge, without=frozenset({"refunds", "authorization_code", "level3"})) | {
    "object": "charge",
    "amount_captured": 0,
    "amount_refunded": 0,
    "calculated_statement_descriptor": "FULLHOUSE SANDBOX",
    "captured": False,
    "disputed": False,
    "fraud_details": {},
    "livemode": False,
    "metadata": {},
    "radar_options": {},
    "refunded": False,
}

REFUND: Record = _blank(stripe.Refund, without=frozenset({"instructions_email", "next_action", "failure_reason"})) | {
    "object": "refund",
    "metadata": {},
    "destination_details": {"card": {"reference_status": "pending", "reference_type": "acquirer_reference_number",
                                     "type": "refund"}, "type": "card"},
}  # fmt: skip

_EVIDENCE_FIELDS = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip

DISPUTE: Record = _blank(stripe.Dispute) | {
    "object": "dispute",
    "balance_transactions": [],
    "enhanced_eligibility_types": [],
    "evidence": dict.fromkeys(_EVIDENCE_FIELDS) | {"enhanced_evidence": {}},
    "is_charge_refundable": False,
    "livemode": False,
    "metadata": {},
}

BALANCE_TRANSACTION: Record = _blank(stripe.BalanceTransaction) | {
    "object": "balance_transaction",
    "balance_type": "payments",
    "fee_details": [],
    "status": "pending",
}

WEBHOOK_ENDPOINT: Record = _blank(stripe.WebhookEndpoint, without=frozenset({"deleted", "secret"})) | {
    "object": "webhook_endpoint",
    "livemode": False,
    "metadata": {},
    "status": "enabled",
}

PRODUCT: Record = _blank(stripe.Product, without=frozenset({"deleted", "tax_details"})) | {
    "object": "product",
    "active": True,
    "images": [],
    "livemode": False,
    "marketing_features": [],
    "metadata": {},
    "type": "service",
}

PRICE: Record = _blank(stripe.Price, without=frozenset({"deleted", "currency_options", "tiers"})) | {
    "object": "price",
    "active": True,
    "billing_scheme": "per_unit",
    "livemode": False,
    "metadata": {},
    "tax_behavior": "unspecified",
    "type": "one_time",
}

CUSTOMER: Record = _blank(
    stripe.Customer, without=frozenset({"deleted", "cash_balance", "sources", "subscriptions"})
) | {
    "object": "customer",
    "balance": 0,
    "delinquent": False,
    "invoice_settings": dict.fromkeys(("custom_fields", "default_payment_method", "footer", "rendering_options")),
    "livemode": False,
    "metadata": {},
    "next_invoice_sequence": 1,
    "preferred_locales": [],
    "tax_exempt": "none",
}

INVOICE: Record = _blank(stripe.Invoice, without=frozenset({"deleted", "confirmation_secret", "payments"})) | {
    "object": "invoice",
    **dict.fromkeys(
        ("amount_due", "amount_overpaid", "amount_paid", "amount_remaining", "amount_shipping", "attempt_count",
         "post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "starting_balance", "subtotal",
         "total"), 0
    ),
    "attempted": False,
    "auto_advance": False,
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None},
    "billing_reason": "manual",
    "customer_tax_exempt": "none",
    "customer_tax_ids": [],
    "default_tax_rates": [],
    "discounts": [],
    "issuer": {"type": "self"},
    "livemode": False,
    "metadata": {},
    "payment_settings": dict.fromkeys(("default_mandate", "payment_method_options", "payment_method_types")),
    "status": "draft",
    "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
    "total_discount_amounts": [],
    "total_pretax_credit_amounts": [],
    "total_taxes": [],
}  # fmt: skip

INVOICE_ITEM: Record = _blank(stripe.InvoiceItem, without=frozenset({"deleted"})) | {
    "object": "invoiceitem",
    "discountable": True,
    "discounts": [],
    "livemode": False,
    "metadata": {},
    "proration": False,
    "quantity": 1,
    "tax_rates": [],
}

CREDIT_NOTE: Record = _blank(stripe.CreditNote) | {
    "object": "credit_note",
    "amount_shipping": 0,
    "discount_amount": 0,
    "discount_amounts": [],
    "lines": {"object": "list", "data": [], "has_more": False, "url": "/v1/credit_notes/lines"},
    "livemode": False,
    "metadata": {},
    "pdf": "",
    "post_payment_amount": 0,
    "pre_payment_amount": 0,
    "pretax_credit_amounts": [],
    "refunds": [],
    "status": "issued",
}

INVOICE_PAYMENT: Record = _blank(stripe.InvoicePayment) | {
    "object": "invoice_payment",
    "is_default": True,
    "livemode": False,
    "status": "paid",
}

LINE_ITEM: Record = _blank(stripe.LineItem, without=frozenset({"discounts", "taxes"})) | {
    "object": "item",
    "amount_discount": 0,
    "amount_tax": 0,
    "metadata": {},
}


def address(country: str | None = None, postal_code: str | None = None) -> Record:
    return _ADDRESS | {"country": country, "postal_code": postal_code}
