"""Payment links: a page on which an order is paid once."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.square.errors import SquareRefusedError
from sandbox.square.payments import SquarePayments, Wanted, amount_of, commission_of
from sandbox.square.state import SELLERS, Caller, Seller, SquareState, money


class SquareLinks:
    """Raises SquareRefusedError."""

    def __init__(self, state: SquareState, payments: SquarePayments) -> None:
        self._state = state
        self._payments = payments
        self._base_url = state.world.settings.sandbox_url

    def create(self, caller: Caller, body: Record) -> Record:
        """The link, its order, and the whole answer as Square gives it."""
        seller, quick, options = caller.seller, body.get("quick_pay"), body.get("checkout_options") or {}
        if quick is None:
            words = "One of `order` or `quick_pay` is required; the sandbox knows quick_pay."
            raise SquareRefusedError(400, "MISSING_REQUIRED_PARAMETER", words, field="quick_pay")
        amount = amount_of(quick["price_money"], seller, "quick_pay.price_money")
        commission = commission_of(options.get("app_fee_money"), seller, amount, "checkout_options.app_fee_money")
        if quick["location_id"] != seller.location_id:
            raise SquareRefusedError.missing("location", quick["location_id"])
        order = self._order(seller, quick["name"], amount)
        link = self._link(order, seller)
        self._state.links[link["id"]] = link | {
            "seller": seller.id, "amount": amount, "commission": commission, "title": quick["name"],
            "note": body.get("payment_note") or "", "redirect_url": options.get("redirect_url") or "",
            "email": (body.get("pre_populated_data") or {}).get("buyer_email") or "",
        }  # fmt: skip
        return {"payment_link": link, "related_resources": {"orders": [order]}}

    def _order(self, seller: Seller, name: str, amount: int) -> Record:
        total, now = money(amount, seller.currency), self._state.now
        order = {
            "id": self._state.new_id(), "location_id": seller.location_id, "state": "OPEN", "version": 1,
            "source": {"name": "Sandbox"}, "total_money": total, "created_at": now, "updated_at": now,
            "line_items": [{"uid": self._state.new_id(), "name": name, "quantity": "1", "base_price_money": total,
                            "total_money": total}],
        }  # fmt: skip
        self._state.orders[order["id"]] = order  # type: ignore[index]
        return order

    def _link(self, order: Record, seller: Seller) -> Record:
        link_id, now = self._state.new_id(16).upper(), self._state.now
        url = f"{self._base_url}/pay/square/{link_id}"
        return {
            "id": link_id, "version": 1, "order_id": order["id"], "url": url, "long_url": f"{url}?src=sheet",
            "created_at": now, "updated_at": now, "location_id": seller.location_id,
        }  # fmt: skip

    def pay(self, link: Record, decline: str | None) -> Record:
        """A buyer's card, on the page. Raises SquareRefusedError when the order is not open."""
        order, seller = self._state.orders[link["order_id"]], SELLERS[link["seller"]]
        if order["state"] != "OPEN":
            raise SquareRefusedError(400, "BAD_REQUEST", "This link is not open any more.")
        wanted = Wanted(
            amount=link["amount"], currency=seller.currency, commission=link["commission"], note=link["note"],
            order_id=order["id"], email=link["email"], decline=decline,
        )  # fmt: skip
        payment = self._payments.take(seller, wanted)
        if decline is None:
            tender = {
                "id": payment["id"], "payment_id": payment["id"], "type": "CARD", "location_id": seller.location_id,
                "amount_money": payment["amount_money"],
            }  # fmt: skip
            order |= {"state": "COMPLETED", "tenders": [tender], "version": 2, "updated_at": self._state.now}
        return payment

    def delete(self, link: Record) -> Record:
        """The page is gone; its order is cancelled unless it was paid."""
        order = self._state.orders[link["order_id"]]
        if order["state"] == "OPEN":
            order |= {"state": "CANCELED", "updated_at": self._state.now}
        del self._state.links[link["id"]]
        return {"id": link["id"], "cancelled_order_id": order["id"]}


def shown(link: Record) -> Record:
    """A link as Square shows it."""
    own = ("seller", "amount", "commission", "title", "note", "redirect_url", "email", "location_id")
    return {name: value for name, value in link.items() if name not in own}
