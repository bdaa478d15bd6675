"""Stripe's v1 endpoints: address, request type of the SDK, and what each does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from sandbox.core.http import Record
from sandbox.stripe import disputes, refunds, sessions
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.debits import debit
from sandbox.stripe.invoice_endpoints import invoice_endpoints
from sandbox.stripe.lists import listed
from sandbox.stripe.params import Shape, shape_of
from sandbox.stripe.queries import (
    account_object,
    balance_object,
    cancel_intent,
    charges_of,
    connect_account,
    event_of,
    events_of,
    line_items_page,
    sessions_of,
)
from sandbox.stripe.setup import (
    create_endpoint,
    create_product,
    delete_endpoint,
    update_endpoint,
    update_fields,
)
from sandbox.stripe.state import StripeState, Table

Work: TypeAlias = Callable[[StripeAccount, Record, dict[str, str]], Record]
Pick: TypeAlias = Callable[[StripeState], Table]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call of Stripe's API; `work` gets the checked parameters and those of the path."""

    method: str
    path: str
    operation: str
    shape: Shape
    work: Work


def _get(pick: Pick, param: str) -> Work:
    return lambda account, _, path: pick(account.state).get(path["id"], param=param)


def _list(pick: Pick, url: str, *fields: str) -> Work:
    return lambda account, params, _: listed(pick(account.state), params, url=url, fields=fields)


def _endpoint(method: str, path: str, operation: str, types: str, work: Work) -> Endpoint:
    """`types` is `module:TypedDict` below `stripe.params`."""
    module, name = types.split(":")
    return Endpoint(method, f"/stripe/v1/{path}", operation, shape_of(module, name), work)


def all_endpoints() -> list[Endpoint]:
    return [*_checkout(), *_money(), *_setup(), *(_endpoint(*each) for each in invoice_endpoints())]


def _checkout() -> list[Endpoint]:
    base, kind = "checkout/sessions", "checkout._session"
    return [
        _endpoint(
            "POST",
            base,
            "checkout.sessions.create",
            f"{kind}_create_params:SessionCreateParams",
            lambda account, params, _: sessions.create(account, params),
        ),
        _endpoint("GET", base, "checkout.sessions.list", f"{kind}_list_params:SessionListParams", sessions_of),
        _endpoint(
            "GET",
            f"{base}/{{id}}",
            "checkout.sessions.retrieve",
            f"{kind}_retrieve_params:SessionRetrieveParams",
            _get(lambda state: state.sessions, "session"),
        ),
        _endpoint(
            "POST",
            f"{base}/{{id}}",
            "checkout.sessions.update",
            f"{kind}_update_params:SessionUpdateParams",
            partial(update_fields, "sessions", ("metadata",)),
        ),
        _endpoint(
            "POST",
            f"{base}/{{id}}/expire",
            "checkout.sessions.expire",
            f"{kind}_expire_params:SessionExpireParams",
            lambda account, _, path: sessions.expire(account, path["id"]),
        ),
        _endpoint(
            "GET",
            f"{base}/{{id}}/line_items",
            "checkout.sessions.list_line_items",
            f"{kind}_list_line_items_params:SessionListLineItemsParams",
            line_items_page,
        ),
    ]


def _money() -> list[Endpoint]:
    return [
        _endpoint(
            "GET",
            "payment_intents",
            "payment_intents.list",
            "_payment_intent_list_params:PaymentIntentListParams",
            _list(lambda state: state.intents, "/v1/payment_intents", "customer"),
        ),
        _endpoint(
            "GET",
            "payment_intents/{id}",
            "payment_intents.retrieve",
            "_payment_intent_retrieve_params:PaymentIntentRetrieveParams",
            _get(lambda state: state.intents, "intent"),
        ),
        _endpoint(
            "POST",
            "payment_intents/{id}",
            "payment_intents.update",
            "_payment_intent_update_params:PaymentIntentUpdateParams",
            partial(update_fields, "intents", ("metadata", "description", "receipt_email")),
        ),
        _endpoint(
            "POST",
            "payment_intents/{id}/cancel",
            "payment_intents.cancel",
            "_payment_intent_cancel_params:PaymentIntentCancelParams",
            cancel_intent,
        ),
        _endpoint("POST", "charges", "charges.create", "_charge_create_params:ChargeCreateParams", debit),
        _endpoint("GET", "charges", "charges.list", "_charge_list_params:ChargeListParams", charges_of),
        _endpoint(
            "GET",
            "charges/{id}",
            "charges.retrieve",
            "_charge_retrieve_params:ChargeRetrieveParams",
            _get(lambda state: state.charges, "charge"),
        ),
        _endpoint(
            "POST",
            "charges/{id}",
            "charges.update",
            "_charge_update_params:ChargeUpdateParams",
            partial(update_fields, "charges", ("metadata", "description", "receipt_email")),
        ),
        _endpoint(
            "POST",
            "refunds",
            "refunds.create",
            "_refund_create_params:RefundCreateParams",
            lambda account, params, _: refunds.create(account, params),
        ),
        _endpoint(
            "GET",
            "refunds",
            "refunds.list",
            "_refund_list_params:RefundListParams",
            _list(lambda state: state.refunds, "/v1/refunds", "charge", "payment_intent"),
        ),
        _endpoint(
            "GET",
            "refunds/{id}",
            "refunds.retrieve",
            "_refund_retrieve_params:RefundRetrieveParams",
            _get(lambda state: state.refunds, "id"),
        ),
        _endpoint(
            "POST",
            "refunds/{id}",
            "refunds.update",
            "_refund_update_params:RefundUpdateParams",
            partial(update_fields, "refunds", ("metadata",)),
        ),
        _endpoint(
            "GET",
            "disputes",
            "disputes.list",
            "_dispute_list_params:DisputeListParams",
            _list(lambda state: state.disputes, "/v1/disputes", "charge", "payment_intent"),
        ),
        _endpoint(
            "GET",
            "disputes/{id}",
            "disputes.retrieve",
            "_dispute_retrieve_params:DisputeRetrieveParams",
            _get(lambda state: state.disputes, "id"),
        ),
        _endpoint(
            "POST",
            "disputes/{id}",
            "disputes.update",
            "_dispute_update_params:DisputeUpdateParams",
            lambda account, params, path: disputes.update(account, account.state.disputes.get(path["id"]), params),
        ),
        _endpoint(
            "POST",
            "disputes/{id}/close",
            "disputes.close",
            "_dispute_close_params:DisputeCloseParams",
            lambda account, _, path: disputes.close(account, account.state.disputes.get(path["id"]), won=False),
        ),
        _endpoint(
            "GET",
            "balance_transactions",
            "balance_transactions.list",
            "_balance_transaction_list_params:BalanceTransactionListParams",
            _list(lambda state: state.balance, "/v1/balance_transactions", "type", "source", "currency"),
        ),
        _endpoint(
            "GET",
            "balance_transactions/{id}",
            "balance_transactions.retrieve",
            "_balance_transaction_retrieve_params:BalanceTransactionRetrieveParams",
            _get(lambda state: state.balance, "id"),
        ),
        _endpoint(
            "GET",
            "application_fees",
            "application_fees.list",
            "_application_fee_list_params:ApplicationFeeListParams",
            _list(lambda state: state.fees, "/v1/application_fees", "charge"),
        ),
        _endpoint(
            "GET",
            "application_fees/{id}",
            "application_fees.retrieve",
            "_application_fee_retrieve_params:ApplicationFeeRetrieveParams",
            _get(lambda state: state.fees, "id"),
        ),
        _endpoint(
            "GET", "balance", "balance.retrieve", "_balance_retrieve_params:BalanceRetrieveParams", balance_object
        ),
    ]


def _setup() -> list[Endpoint]:
    return [
        _endpoint("GET", "events", "events.list", "_event_list_params:EventListParams", events_of),
        _endpoint("GET", "events/{id}", "events.retrieve", "_event_retrieve_params:EventRetrieveParams",
                  event_of),
        _endpoint("POST", "webhook_endpoints", "webhook_endpoints.create",
                  "_webhook_endpoint_create_params:WebhookEndpointCreateParams", create_endpoint),
        _endpoint("GET", "webhook_endpoints", "webhook_endpoints.list",
                  "_webhook_endpoint_list_params:WebhookEndpointListParams",
                  _list(lambda state: state.endpoints, "/v1/webhook_endpoints")),
        _endpoint("GET", "webhook_endpoints/{id}", "webhook_endpoints.retrieve",
                  "_webhook_endpoint_retrieve_params:WebhookEndpointRetrieveParams",
                  _get(lambda state: state.endpoints, "id")),
        _endpoint("POST", "webhook_endpoints/{id}", "webhook_endpoints.update",
                  "_webhook_endpoint_update_params:WebhookEndpointUpdateParams", update_endpoint),
        _endpoint("DELETE", "webhook_endpoints/{id}", "webhook_endpoints.delete",
                  "_webhook_endpoint_delete_params:WebhookEndpointDeleteParams", delete_endpoint),
        _endpoint("POST", "products", "products.create", "_product_create_params:ProductCreateParams", create_product),
        _endpoint("GET", "products", "products.list", "_product_list_params:ProductListParams",
                  _list(lambda state: state.products, "/v1/products", "active")),
        _endpoint("GET", "products/{id}", "products.retrieve", "_product_retrieve_params:ProductRetrieveParams",
                  _get(lambda state: state.products, "id")),
        _endpoint("POST", "products/{id}", "products.update", "_product_update_params:ProductUpdateParams",
                  partial(update_fields, "products", ("metadata", "name", "description", "active", "images"))),
        _endpoint("GET", "account", "account.retrieve", "_account_retrieve_current_params:AccountRetrieveCurrentParams",
                  account_object),
        _endpoint("POST", "accounts", "accounts.create", "_account_create_params:AccountCreateParams",
                  connect_account),
        _endpoint("GET", "accounts", "accounts.list", "_account_list_params:AccountListParams",
                  _list(lambda state: state.accounts, "/v1/accounts")),
        _endpoint("GET", "accounts/{id}", "accounts.retrieve", "_account_retrieve_params:AccountRetrieveParams",
                  account_object),
    ]  # fmt: skip
