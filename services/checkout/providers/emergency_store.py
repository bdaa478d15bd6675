"""All SQL on what an emergency has changed."""

from __future__ import annotations

from chassis.database import Transaction
from checkout.providers.domain import EmergencyAction, PaymentMode


async def keep(tx: Transaction, provider_id: int, what: EmergencyAction, mode: PaymentMode | None) -> None:
    """Keeps how the provider was; one that was changed before and by hand since is kept as it was last."""
    await tx.execute(
        """
        INSERT INTO provider_emergencies (provider_id, what, payment_mode, at) VALUES ($1, $2, $3, app_now())
        ON CONFLICT (provider_id, what) DO UPDATE SET payment_mode = excluded.payment_mode, at = excluded.at
        """,
        provider_id,
        what.value,
        mode.value if mode else None,
    )


async def take(tx: Transaction) -> tuple[dict[int, PaymentMode], set[int]]:
    """The payment modes before, by provider, and who had no fallback; they are forgotten."""
    rows = await tx.fetch("DELETE FROM provider_emergencies RETURNING provider_id, what, payment_mode")
    modes = {row["provider_id"]: PaymentMode(row["payment_mode"]) for row in rows if row["payment_mode"]}
    return modes, {row["provider_id"] for row in rows if row["what"] == EmergencyAction.FALLBACK.value}
