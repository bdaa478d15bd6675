"""What becomes of accounts that are connected to ours (Connect)."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.errors import StripeRefusedError


def onboard(account: StripeAccount, connected: Record, *, charges_enabled: bool, details_submitted: bool) -> None:
    """Whoever has it gave their details, or Stripe asks for more; `account.updated` has what was before."""
    now = {
        "charges_enabled": charges_enabled,
        "payouts_enabled": charges_enabled,
        "details_submitted": details_submitted,
    }
    previous = {name: connected[name] for name, value in now.items() if connected[name] != value}
    connected |= now
    if previous:
        account.acting(connected["id"]).events.emit("account.updated", connected, previous=previous)


def let_go(account: StripeAccount, account_id: str) -> None:
    """Its owner, or we, end what we were permitted; its objects stay."""
    state = account.state
    state.let_go[account_id] = True
    for token in [each for each, whose in state.tokens.items() if whose == account_id]:
        del state.tokens[token]
    application = {"id": account.world.settings.stripe_client_id, "object": "application", "name": "Fullhouse"}
    account.acting(account_id).events.emit("account.application.deauthorized", application)


def check_fee(account: StripeAccount, params: Record, total: int) -> None:
    """Only a payment at a connected account may have a fee for us. Raises StripeRefusedError."""
    fee = params.get("payment_intent_data", {}).get("application_fee_amount")
    if fee is None:
        return
    param = "payment_intent_data[application_fee_amount]"
    if account.platform is None or account.by_owner:
        raise StripeRefusedError.invalid(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an"
            " OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            param=param,
        )
    if not 0 <= fee <= total:
        raise StripeRefusedError.invalid("The application fee must be no more than the amount charged.", param=param)


def take_fee(account: StripeAccount, charge: Record) -> int:
    """Keeps the platform's fee of a charge, minor units, and says so to it; 0 where there is none."""
    amount: int = charge["application_fee_amount"] or 0
    if account.platform is None or not amount:
        return 0
    fee: Record = {
        "id": account.new_id("fee_1"), "object": "application_fee", "account": account.id, "amount": amount,
        "amount_refunded": 0, "application": "ca_sandbox", "balance_transaction": None, "charge": charge["id"],
        "created": account.now, "currency": charge["currency"],
        "fee_source": {"charge": charge["id"], "type": "charge"},
        "livemode": False, "originating_transaction": None, "refunded": False,
        "refunds": {"object": "list", "data": [], "has_more": False, "url": "/v1/application_fees/refunds"},
    }  # fmt: skip
    account.platform.state.fees.add(fee)
    charge["application_fee"] = fee["id"]
    account.platform.events.emit("application_fee.created", fee)
    return amount


def give_fee_back(account: StripeAccount, charge: Record, amount: int) -> None:
    """The same share of the platform's fee as of the charge goes back."""
    fee = account.platform.state.fees.find(charge["application_fee"] or "") if account.platform is not None else None
    if fee is None or account.platform is None:
        return
    back = min(fee["amount"] - fee["amount_refunded"], round(fee["amount"] * amount / charge["amount"]))
    refunded = fee["amount_refunded"] + back
    fee |= {"amount_refunded": refunded, "refunded": refunded == fee["amount"]}
    account.platform.events.emit("application_fee.refunded", fee)
