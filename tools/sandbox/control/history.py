"""What happened before the sandbox was there: purchases of weeks, dated back, told or not (S-4)."""

from __future__ import annotations

import time

from sandbox.control.problems import ProblemError, flag, invalid, moment, text, whole
from sandbox.control.till import Till
from sandbox.core.clock import Past
from sandbox.core.http import Record
from sandbox.stripe import payments, sessions
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.cards import Way
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.payments import Payer

_LIVES_SECONDS = 35 * 60
_CARD = "4242424242424242"


class History:
    """Makes the objects that Stripe would have, by the code that makes those of today."""

    def __init__(self, account: StripeAccount, till: Till) -> None:
        self._account = account
        self._till = till
        self._deeds = {
            "pay": self._pay,
            "settle": self._settle,
            "expire": self._expire,
            "refund": self._refund,
            "failRefund": self._fail_refund,
            "dispute": self._dispute,
            "closeDispute": self._close_dispute,
        }

    def happened(self, body: Record) -> list[Record]:
        """`purchases`, each with its `deeds`, in the order in which they happened. Raises ProblemError.

        `account`: the connected account that has sold; without one it is ours.
        """
        account_id = text(body, "account", otherwise="")
        if account_id:
            self._till.connected(account_id)
        seller = History(self._account.acting(account_id), self._till)
        return [seller._purchase(purchase) for purchase in _records(body, "purchases")]

    def _purchase(self, purchase: Record) -> Record:
        with self._account.world.timers.in_the_past(Past(at=_moment(purchase), told=True)):
            try:
                session = sessions.create(self._account, self._parameters(purchase))
            except StripeRefusedError as refusal:
                raise invalid("purchases", str(refusal)) from refusal
        made: Record = {"sessionId": session["id"], "refunds": [], "disputes": []}
        for deed in _records(purchase, "deeds"):
            self._do(session, deed, made)
        return made | {"paymentIntent": session["payment_intent"]}

    def _parameters(self, purchase: Record) -> Record:
        metadata = purchase.get("metadata") or {}
        product = {"name": text(purchase, "name", otherwise="Seats")}
        price = {
            "currency": text(purchase, "currency", otherwise="usd"),
            "unit_amount": whole(purchase, "unitAmount", least=0) or 0,
            "product_data": product,
        }
        return {
            "mode": "payment",
            "success_url": self._account.world.settings.public_url,
            "customer_email": text(purchase, "email"),
            "expires_at": self._account.now + _LIVES_SECONDS,
            "line_items": [{"quantity": whole(purchase, "quantity", least=1) or 1, "price_data": price}],
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
        }

    def _do(self, session: Record, deed: Record, made: Record) -> None:
        name = text(deed, "deed")
        if name not in self._deeds:
            raise invalid("deed", f"deed must be one of {', '.join(self._deeds)}.")
        with self._account.world.timers.in_the_past(Past(at=_moment(deed), told=not flag(deed, "lost"))):
            self._deeds[name](session, deed, made)

    def _pay(self, session: Record, deed: Record, _: Record) -> None:
        self._till.pay(session, self._way(deed), Payer())

    def _settle(self, session: Record, deed: Record, _: Record) -> None:
        """The answer of the bank that a debit was asked of."""
        payments.settle_debit(self._account, session, self._charge(session), self._way(deed))

    def _expire(self, session: Record, _deed: Record, _: Record) -> None:
        try:
            sessions.expire(self._account, session["id"])
        except StripeRefusedError as refusal:
            raise ProblemError(409, "session_not_open", str(refusal)) from refusal

    def _refund(self, session: Record, deed: Record, made: Record) -> None:
        refund = self._till.refund(self._charge(session), amount=whole(deed, "amount", least=1), reason=None)
        made["refunds"].append(refund["id"])

    def _fail_refund(self, _session: Record, _deed: Record, made: Record) -> None:
        self._till.fail_refund(_last(made, "refunds"), "expired_or_canceled_card")

    def _dispute(self, session: Record, deed: Record, made: Record) -> None:
        reason = text(deed, "reason", otherwise="fraudulent")
        made["disputes"].append(self._till.dispute(self._charge(session), amount=None, reason=reason)["id"])

    def _close_dispute(self, _session: Record, deed: Record, made: Record) -> None:
        self._till.close_dispute(_last(made, "disputes"), won=flag(deed, "won"))

    def _way(self, deed: Record) -> Way:
        return self._till.way(text(deed, "card", otherwise=_CARD))

    def _charge(self, session: Record) -> Record:
        intent = self._account.state.intents.find(session["payment_intent"] or "")
        if intent is None or intent["latest_charge"] is None:
            raise ProblemError(409, "no_charge", "Nothing was charged for this session.")
        return self._till.charge(intent["latest_charge"])


def _last(made: Record, name: str) -> str:
    if not made[name]:
        raise ProblemError(409, "nothing_before", f"This purchase has had no {name} so far.")
    return str(made[name][-1])


def _records(body: Record, name: str) -> list[Record]:
    given = body.get(name, [])
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise invalid(name, f"{name} must be a list of objects.")
    return given


def _moment(body: Record) -> float:
    """`at`, which is over. Raises ProblemError."""
    at = moment(text(body, "at"), "at")
    if at > time.time():
        raise invalid("at", "at must not be in the future.")
    return at
