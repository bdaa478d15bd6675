"""How checkout asks for seats while inventory is being restarted (L-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from chassis.http_client import VendorClient, VendorResponse, VendorTimeout, VendorUnavailable
from chassis.ids import uuid7
from chassis.tokens import ServiceTokens
from checkout.seats.inventory import HoldFailed, HoldRequest, InventoryClient
from checkout.settings import CheckoutSettings
from checkout.wiring import INVENTORY_DEADLINE

pytestmark = pytest.mark.asyncio

ASK = HoldRequest(order_id=uuid7(), city_id="dallas", tier="ga", quantity=1, duration=timedelta(minutes=40))
HELD = VendorResponse(200, {}, b"{}", 0.01)
LONG = timedelta(seconds=30)


def away(*, ambiguous: bool = False) -> VendorUnavailable:
    return VendorUnavailable("inventory", "holds.create", ambiguous=ambiguous, reason="refused")


class Inventory(VendorClient):
    """Answers in order, the last one for ever."""

    def __init__(self, *responses: VendorResponse | Exception) -> None:
        super().__init__("inventory", "http://inventory.example.com")
        self.responses = list(responses)
        self.asked = 0

    async def request(self, *_arguments: object, **_options: object) -> VendorResponse:
        self.asked += 1
        response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if isinstance(response, Exception):
            raise response
        return response


def client(inventory: Inventory, *, patience: timedelta) -> InventoryClient:
    tokens = ServiceTokens(SecretStr("k" * 32))
    return InventoryClient(inventory, tokens, deadline=timedelta(seconds=2), patience=patience)


@pytest.mark.proves("L-10")
async def test_an_inventory_that_is_being_restarted_is_waited_for() -> None:
    inventory = Inventory(away(), away(ambiguous=True), HELD)
    await client(inventory, patience=LONG).hold(ASK)
    assert inventory.asked == 3


async def test_one_that_is_there_and_slow_is_not_asked_twice() -> None:
    slow = Inventory(VendorTimeout("inventory", "holds.create", ambiguous=True, reason="slow"))
    with pytest.raises(HoldFailed) as failed:
        await client(slow, patience=LONG).hold(ASK)
    assert (slow.asked, failed.value.uncertain) == (1, True)


@pytest.mark.parametrize("ambiguous", [True, False])
async def test_one_that_stays_away_is_given_up_and_what_may_have_arrived_stays_in_doubt(ambiguous: bool) -> None:
    gone = Inventory(away(ambiguous=ambiguous), away())
    with pytest.raises(HoldFailed) as failed:
        await client(gone, patience=timedelta(milliseconds=50)).hold(ASK)
    assert (gone.asked, failed.value.uncertain) == (2, ambiguous)


async def test_a_purchase_that_waits_as_long_as_it_may_is_not_taken_for_abandoned() -> None:
    lease: timedelta = CheckoutSettings.model_fields["checkout_lease"].default
    settings = CheckoutSettings.model_construct(checkout_lease=lease)
    assert timedelta(seconds=10) <= settings.inventory_patience
    assert settings.inventory_patience + INVENTORY_DEADLINE < settings.checkout_lease
