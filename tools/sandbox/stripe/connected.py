"""What becomes of accounts that are connected to ours (Connect)."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.stripe.account import StripeAccount


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
        account.events.emit("account.updated", connected, previous=previous, connected=connected["id"])
