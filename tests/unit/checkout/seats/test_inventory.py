"""How checkout asks for seats while inventory is being restarted, or still reads the catalogue (L-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from chassis.http_client import VendorClient, VendorResponse, VendorTimeout, VendorUnavailable
from chassis.ids import uuid7
from chassis.tokens import ServiceTokens
from checkout.seats.inventory import Held, HoldFailed, HoldRequest, InventoryClient, NotEnoughSeats
from checkout.settings import CheckoutSettings
from checkout.wiring import INVENTORY_DEADLINE

pytestmark = pytest.mark.asyncio

ASK = HoldRequest(order_id=uuid7(), city_id="dallas", tier="ga", quantity=1, duration=timedelta(minutes=40))
HELD = VendorResponse(200, {}, b"{}", 0.01)
UNHEARD = [VendorResponse(404, {}, b'{"code":"%s"}' % code, 0.01) for code in (b"unknown_city", b"unknown_tier")]
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
    tokens = ServiceTokens([SecretStr("k" * 32)])
    return InventoryClient(inventory, tokens, deadline=timedelta(seconds=2), patience=patience)


@pytest.mark.proves("L-10")
async def test_an_inventory_that_is_being_restarted_is_waited_for() -> None:
    inventory = Inventory(away(), away(ambiguous=True), HELD)
    await client(inventory, patience=LONG).hold(ASK)
    assert inventory.asked == 3


@pytest.mark.proves("L-10")
@pytest.mark.parametrize("status", [502, 503, 504])
async def test_one_that_a_gateway_does_not_reach_is_waited_for(status: int) -> None:
    inventory = Inventory(VendorResponse(status, {}, b"", 0.01), HELD)
    await client(inventory, patience=LONG).hold(ASK)
    assert inventory.asked == 2


async def test_its_own_word_that_it_is_out_of_order_is_not_asked_about_again() -> None:
    broken = Inventory(VendorResponse(503, {}, b'{"code":"service_unavailable"}', 0.01))
    with pytest.raises(HoldFailed):
        await client(broken, patience=LONG).hold(ASK)
    assert broken.asked == 1


async def test_one_that_is_there_and_slow_is_not_asked_twice() -> None:
    slow = Inventory(VendorTimeout("inventory", "holds.create", ambiguous=True, reason="slow"))
    with pytest.raises(HoldFailed):
        await client(slow, patience=LONG).hold(ASK)
    assert slow.asked == 1


@pytest.mark.parametrize("answer", [away(), UNHEARD[0]])
async def test_one_that_stays_away_is_given_up(answer: VendorResponse | Exception) -> None:
    gone = Inventory(answer)
    with pytest.raises(HoldFailed):
        await client(gone, patience=timedelta(milliseconds=50)).hold(ASK)
    assert gone.asked == 2


@pytest.mark.parametrize("unheard", UNHEARD)
async def test_one_that_has_not_heard_of_the_city_or_tier_yet_is_waited_for(unheard: VendorResponse) -> None:
    inventory = Inventory(unheard, unheard, HELD)
    await client(inventory, patience=LONG).hold(ASK)
    assert inventory.asked == 3


async def test_any_other_refusal_is_not_asked_about_again() -> None:
    full = Inventory(VendorResponse(409, {}, b'{"code":"sold_out","available":{"ga":1}}', 0.01))
    with pytest.raises(NotEnoughSeats) as refused:
        await client(full, patience=LONG).hold(ASK)
    assert (full.asked, refused.value.available) == (1, {"ga": 1})


async def test_a_purchase_that_waits_as_long_as_it_may_is_not_taken_for_abandoned() -> None:
    lease: timedelta = CheckoutSettings.model_fields["checkout_lease"].default
    settings = CheckoutSettings.model_construct(checkout_lease=lease)
    assert timedelta(seconds=10) <= settings.inventory_patience
    assert settings.inventory_patience + INVENTORY_DEADLINE < settings.checkout_lease


@pytest.mark.proves("X-5")
@pytest.mark.parametrize(
    ("body", "delayable"), [(b'{"delayable":true}', True), (b'{"delayable":false}', False), (b"{}", False)]
)
async def test_money_may_come_later_only_where_inventory_says_so(body: bytes, delayable: bool) -> None:
    inventory = Inventory(VendorResponse(200, {}, body, 0.01))
    assert await client(inventory, patience=LONG).hold(ASK) == Held(delayable=delayable)
