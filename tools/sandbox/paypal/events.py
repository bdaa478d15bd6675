"""PayPal's webhooks: told to the app that something came through, and signed over id, time, webhook and body."""

from __future__ import annotations

import uuid
import zlib
from typing import Final

from sandbox.core.http import Record, dumps
from sandbox.core.messages import iso
from sandbox.core.webhooks import Callbacks, Delivery, RetryPlan
from sandbox.paypal.certificates import ALGORITHM, SigningCertificate
from sandbox.paypal.state import PaypalState, shown
from sandbox.world import World

EVENTS: Final = {
    "CHECKOUT.ORDER.APPROVED": "An order has been approved by buyer",
    "CHECKOUT.ORDER.COMPLETED": "Checkout Order Completed",
    "PAYMENT.CAPTURE.COMPLETED": "Payment completed",
    "PAYMENT.CAPTURE.DENIED": "Payment denied",
    "PAYMENT.CAPTURE.DECLINED": "Payment declined",
    "PAYMENT.CAPTURE.PENDING": "Payment pending",
    "PAYMENT.CAPTURE.REFUNDED": "A capture payment was refunded",
    "PAYMENT.CAPTURE.REVERSED": "A capture payment was reversed",
    "CUSTOMER.DISPUTE.CREATED": "A new dispute opened with Case",
    "CUSTOMER.DISPUTE.UPDATED": "Dispute case updated",
    "CUSTOMER.DISPUTE.RESOLVED": "A dispute was resolved with case",
}
"""The types that this stand-in has, with what each says of itself."""
UNOWNED: Final = "WEBHOOK_ID"
"""What the simulator signs for when it is given an address only: a webhook that is nobody's."""
CERTIFICATE_PATH: Final = "/v1/notifications/certs/CERT-360caa42-fca2a594-sandbox"
# Up to 25 times in three days.
_PLAN: Final = RetryPlan(waits=(120.0, 300.0, 600.0, 1800.0, 3600.0, *([12_600.0] * 20)))


class PaypalEvents(Callbacks):
    """Sends to the webhooks of an app that asked for the type, or for all (`*`)."""

    def __init__(self, world: World, state: PaypalState) -> None:
        self._world = world
        self._state = state
        self.certificate = SigningCertificate(state.facts)
        world.webhooks.serve("paypal", self)

    @property
    def certificate_url(self) -> str:
        return f"{self._world.settings.sandbox_url}/paypal{CERTIFICATE_PATH}"

    def emit(self, kind: str, subject: Record, resource_type: str, *, app: str) -> None:
        """`app` is the one that the payment came through; what came through none is told to nobody."""
        receivers = [each for each in self._state.webhooks.values() if each["app"] == app and _wants(each, kind)]
        if not receivers:
            return
        event = self.event(kind, shown(subject), resource_type)
        for webhook in receivers:
            self.send(event, url=webhook["url"], webhook_id=webhook["id"])

    def event(self, kind: str, resource: Record, resource_type: str) -> Record:
        ids, own = self._world.ids, {"resource": resource, "resource_type": resource_type, "resource_version": "2.0"}
        return own | {
            "id": f"WH-{ids.base62('', 17).upper()}-{ids.base62('', 17).upper()}", "event_version": "1.0",
            "create_time": iso(self._world.timers.wall()), "event_type": kind, "summary": EVENTS[kind], "links": [],
        }  # fmt: skip

    def send(self, event: Record, *, url: str, webhook_id: str) -> None:
        self._world.webhooks.send(
            Delivery(
                vendor="paypal",
                operation=event["event_type"],
                url=self._world.settings.callback_url("paypal", url),
                body=dumps(event),
                plan=_PLAN,
                notes={"webhook": webhook_id, "transmission": str(uuid.uuid4())},
            )
        )

    def headers(self, delivery: Delivery, *, genuine: bool) -> dict[str, str]:
        moment = iso(self._world.timers.wall())
        webhook = delivery.notes["webhook"] + ("" if genuine else "X")
        signed = message(delivery.notes["transmission"], moment, webhook, delivery.body)
        return {
            "Content-Type": "application/json",
            "User-Agent": "PayPal/AUHD-214.0-58180117",
            "PAYPAL-AUTH-ALGO": ALGORITHM,
            "PAYPAL-AUTH-VERSION": "v2",
            "PAYPAL-CERT-URL": self.certificate_url,
            "PAYPAL-TRANSMISSION-ID": delivery.notes["transmission"],
            "PAYPAL-TRANSMISSION-SIG": self.certificate.sign(signed),
            "PAYPAL-TRANSMISSION-TIME": moment,
        }


def message(transmission_id: str, time: str, webhook_id: str, body: bytes) -> bytes:
    """What is signed."""
    return f"{transmission_id}|{time}|{webhook_id}|{zlib.crc32(body)}".encode()


def _wants(webhook: Record, kind: str) -> bool:
    return not {kind, "*"}.isdisjoint(each["name"] for each in webhook["event_types"])
