"""Tickets are given to somebody else (C-6, I-11)."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from chassis.tickets import issue_of
from chassis.tokens import Role
from checkout.orders.fulfilment_store import inside
from events import (
    CustomerPurchasesRequested,
    OrderCustomerChanged,
    OrderTicketsReplaced,
    OrderTicketsRequested,
    OrderTicketsTransferred,
)
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.money import bought, refund, until_settled
from tests.integration.checkout.test_customer_wishes import browser, page, send
from tests.integration.checkout.world import Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-6")]

ROBIN: dict[str, Any] = {"firstName": "Robin", "lastName": "Hale", "email": "robin@example.com"}
SAM: dict[str, Any] = {"firstName": "Sam", "lastName": "Cole", "email": "sam@example.com"}


def typed(person: Mapping[str, str]) -> dict[str, Any]:
    return {"first_name": person["firstName"], "last_name": person["lastName"], "email": person["email"]}


async def transfer(
    world: World, order: dict[str, Any], *seats: int, role: Role = Role.ADMIN, key: str = "", **more: Any
) -> Answer:
    url = f"/api/admin/orders/{order['orderId']}/tickets/transfer"
    headers = world.token(role) | ({"Idempotency-Key": key} if key else {})
    body = {"seats": list(seats), "reason": "Robin comes instead", **ROBIN, **more}
    return await world.ask("POST", url, json=body, headers=headers)


async def given(world: World, order: dict[str, Any]) -> list[OrderTicketsTransferred]:
    return [event for event in await world.events(order["orderId"]) if isinstance(event, OrderTicketsTransferred)]


async def scanned(world: World, code: str) -> dict[str, Any]:
    """What the door says of a code."""
    body = {"code": code, "door": "A", "cityId": world.city}
    url = f"{world.inventory}/api/admin/checkin"
    answer = await world.ask("POST", url, json=body, headers=world.token(Role.OPERATOR))
    return dict(answer.body)


async def until_refused(world: World, code: str) -> None:
    """The door knows that the code is void."""

    async def void() -> bool:
        return (await scanned(world, code)).get("result") != "admitted"

    await world.until(void, "the old code is void")


def path_of(link: str) -> str:
    return link.partition("://")[2].partition("/")[2].join(["/", ""])


async def test_a_ticket_that_was_given_is_its_holders_alone(world: World) -> None:
    order = await bought(world)
    own = f"/api/orders/{order['orderId']}?token={order['orderToken']}"
    old = [each["code"] for each in (await world.ask("GET", own)).body["tickets"]]
    answers = await asyncio.gather(*(transfer(world, order, 2) for _ in range(3)))
    assert {(each.status, each.body["version"]) for each in answers} == {(200, answers[0].body["version"])}
    (event,) = await given(world, order)
    (holder,), (ticket,) = event.holders, event.tickets
    assert (holder.seat, holder.email, event.previous_holders) == (2, ROBIN["email"], ())
    assert (ticket.seat, issue_of(ticket.code)) == (2, 2)
    shown = (await world.ask("GET", own)).body["tickets"]
    assert [(each["code"], each["holder"]) for each in shown] == [(old[0], None), (None, "Robin Hale")]
    async with browser(world) as buyer:
        seen = await page(buyer, f"/success?order={order['orderId']}&token={order['orderToken']}")
        assert "You gave it to Robin Hale." in seen
        assert "Seat 2" not in await page(buyer, f"/give?order={order['orderId']}")
    async with browser(world) as robin:
        seen = await page(robin, path_of(holder.link))
        assert "Robin Hale" in seen
        assert "Jordan" not in seen
        await page(robin, f"/success?order={order['orderId']}", status=404)
        assert "That link has ended." in await page(robin, path_of(holder.link)[:-1], status=404)
    await until_refused(world, old[1])


async def test_each_later_code_goes_to_who_has_the_ticket(world: World) -> None:
    order = await bought(world)
    await transfer(world, order, 2)
    for path in ("tickets/void", "tickets/send"):
        url = f"/api/admin/orders/{order['orderId']}/{path}"
        assert (await world.ask("POST", url, json={"reason": "a test"}, headers=world.token())).status < 300
    url = f"/api/admin/orders/{order['orderId']}/customer"
    changed = {"email": f"lee-{world.email}", "reason": "a test"}
    assert (await world.ask("POST", url, json=changed, headers=world.token())).status == 200
    kinds = (OrderTicketsReplaced, OrderTicketsRequested, OrderCustomerChanged)
    told = [event for event in await world.events(order["orderId"]) if isinstance(event, kinds)]
    assert [[each.seat for each in event.tickets] for event in told] == [[1, 2], [1, 2], [1]]
    assert {event.holders[0].link for event in told} == {(await given(world, order))[0].holders[0].link}
    await refund(world, order, seats=[2])
    await until_settled(world, order, ["done"])
    async with browser(world) as robin:
        assert "lets nobody in any more" in await page(robin, path_of(told[0].holders[0].link))
    refused = await transfer(world, order, 2, **SAM)
    assert (refused.status, refused.body["code"]) == (404, "unknown_ticket")


async def test_buyer_and_holder_give_on_their_pages(world: World) -> None:
    order = await bought(world)
    wanted = {"order": order["orderId"], "seats": "1", **typed(ROBIN)}
    async with browser(world) as buyer:
        await page(buyer, f"/success?order={order['orderId']}&token={order['orderToken']}")
        assert "Choose at least one ticket." in await send(buyer, "/give", status=422, **{**wanted, "seats": "7"})
        assert "Is this right?" in await send(buyer, "/give", **wanted)
        assert await given(world, order) == []
        for _ in range(2):
            assert "The ticket is given" in await send(buyer, "/give", sure="yes", **wanted)
        again = {**wanted, **typed(SAM)}
        assert "Choose at least one ticket." in await send(buyer, "/give", status=422, sure="yes", **again)
        await send(buyer, "/give", status=403, sent={"Sec-Fetch-Site": "cross-site"}, sure="yes", **wanted)
    (first,) = await given(world, order)
    link = first.holders[0].link
    seat = {"order": order["orderId"], "seat": "1", "token": link.partition("token=")[2]}
    async with browser(world) as robin:
        assert "Give the ticket to somebody" in await page(robin, path_of(link))
        assert "Sent again." in await send(robin, "/ticket/send", **seat)
        assert "We sent it a moment ago." in await send(robin, "/ticket/send", **seat)
        handed = await send(robin, "/give", sure="yes", seats="1", **seat, **typed(SAM))
        assert "The ticket is given." in handed
        await page(robin, path_of(link), status=404)
        await send(robin, "/give", status=404, sure="yes", seats="1", **seat, **typed(ROBIN))
    _, second = await given(world, order)
    assert [each.email for each in second.previous_holders] == [ROBIN["email"]]
    (asked,) = [each for each in await world.events(order["orderId"]) if isinstance(each, OrderTicketsRequested)]
    assert [each.seat for each in asked.tickets] == [1]
    async with browser(world) as stranger:
        await send(stranger, "/give", status=404, sure="yes", **wanted)


@pytest.mark.proves("W-1")
async def test_who_was_given_a_ticket_finds_it_by_the_own_address(world: World) -> None:
    order, email = await bought(world), f"Robin-{world.city}@example.com"
    await transfer(world, order, 2, email=email)
    async with browser(world) as robin:
        await send(robin, "/find-my-purchase", email=email.upper())
        customer = await world.database.fetchval("SELECT customer_id FROM customers WHERE email_key = lower($1)", email)
        (told,) = await world.events(str(customer))
        assert isinstance(told, CustomerPurchasesRequested)
        assert (told.email, told.first_name) == (email, "Robin")
        listed = await page(robin, path_of(told.link))
        assert "Given to you" in listed
        assert "$" not in listed
        link = re.search(r'href="[^"]*(/ticket[^"]+)"', listed)
        assert link
        assert "Robin Hale" in await page(robin, html.unescape(link[1]))
        await transfer(world, order, 2, **SAM)
        assert "There is nothing for this address any more" in await page(robin, "/find-my-purchase?found=yes")


async def test_who_has_given_all_tickets_has_none_sent(world: World) -> None:
    order = await bought(world)
    async with browser(world) as buyer:
        seen = await page(buyer, f"/success?order={order['orderId']}&token={order['orderToken']}")
        assert "Send the email again" in seen
        await transfer(world, order, 1, 2)
        told = await send(buyer, "/success", order=order["orderId"])
        assert "Nothing was sent: you have no ticket any more." in told
        assert "Send the email again" not in told


@pytest.mark.proves("I-11", "I-3")
async def test_who_is_in_has_nothing_to_give(world: World) -> None:
    order = await bought(world)
    own = f"/api/orders/{order['orderId']}?token={order['orderToken']}"
    (code, _) = [each["code"] for each in (await world.ask("GET", own)).body["tickets"]]

    async def admitted() -> bool:
        return (await scanned(world, code)).get("result") == "admitted"

    await world.until(admitted, "somebody is in")

    async def known() -> bool:
        return await inside(world.database, UUID(order["orderId"])) == {1}

    await world.until(known, "checkout knows that somebody is in")
    refused = await transfer(world, order, 1, **SAM)
    assert (refused.status, refused.body["code"]) == (409, "ticket_used")
    async with browser(world) as buyer:
        await page(buyer, f"/success?order={order['orderId']}&token={order['orderToken']}")
        assert "Choose at least one ticket." in await send(
            buyer, "/give", status=422, sure="yes", seats="1", **typed(SAM), order=order["orderId"]
        )


async def test_what_is_not_given_is_said_with_a_code(world: World) -> None:
    order = (await world.buy()).body
    refused = await transfer(world, order, 1)
    assert (refused.status, refused.body["code"]) == (409, "order_not_paid")
    assert (await transfer(world, order, 1, role=Role.OPERATOR)).status == 403
    wrongs: tuple[dict[str, Any], ...] = ({"email": "jo@example"}, {"firstName": ""}, {"seats": []})
    for wrong in wrongs:
        assert (await transfer(world, order, 1, **wrong)).status == 422, wrong
    nobody = {"orderId": "00000000-0000-7000-8000-000000000000"}
    assert (await transfer(world, nobody, 1)).status == 404


@pytest.mark.proves("O-1", "C-12")
async def test_by_command_and_with_a_key_once(world: World) -> None:
    order = await bought(world)
    number = (await world.orders())[0]["number"]
    shown = f"{number[:4]}-{number[4:]}"
    whom = ("--first-name", "Sam", "--last-name", "Cole", "--email", SAM["email"])
    done = await fullhouse(world, "tickets", "transfer", shown, "1", "2", *whom, "--reason", "they come instead")
    told = f"Sam Cole has {shown}-1, {shown}-2 now, and is sent new codes.\n"
    assert (done.returncode, done.stdout) == (0, told), done.stderr
    first = await transfer(world, order, 1, key=world.key)
    await transfer(world, order, 1, **SAM)
    assert (await transfer(world, order, 1, key=world.key)).body == first.body
    assert len(await given(world, order)) == 3
    rows = await world.ask(
        "GET", "/api/admin/checkout/audit-log?action=tickets_transferred&outcome=done", headers=world.token()
    )
    assert rows.body["data"][0]["after"] == {"seats": [1]}
