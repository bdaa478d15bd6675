"""Customers call for help and say how content they are; staff see it and close it (C-10)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chassis.clock import SystemClock
from chassis.ids import uuid7
from chassis.tokens import Role
from checkout.feedback import jobs as feedback_jobs
from checkout.support import jobs as support_jobs
from checkout.support.domain import MOST_AN_HOUR
from events import ActivityFeedback, ActivitySupportClosed, ActivitySupportRequest
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.money import bought
from tests.integration.checkout.world import Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-10")]

PATH = "/api/admin/support"


async def ask(world: World, who: str, **body: Any) -> Answer:
    email = f"{who}-{world.email}"
    asked = {"kind": "missing_purchase", "text": "I paid.\r\nWhere are they?", "email": email, **body}
    return await world.ask("POST", "/api/support", json=asked)


async def shown(world: World, taken: Answer, role: Role = Role.ADMIN) -> dict[str, Any]:
    assert taken.status == 200, taken
    answer = await world.ask("GET", f"{PATH}/{taken.body['requestId']}", headers=world.token(role))
    found: dict[str, Any] = answer.body
    return found


@pytest.mark.proves("O-10")
async def test_a_buyer_says_once_how_it_was_and_it_is_forgotten_in_time(world: World) -> None:
    order = await bought(world)
    body = {"orderId": order["orderId"], "orderToken": order["orderToken"], "score": 4, "text": "Good.\r\nThanks"}
    first = await world.ask("POST", "/api/feedback", json=body)
    assert (first.status, first.body["score"]) == (200, 4)
    assert (await world.ask("POST", "/api/feedback", json={**body, "score": 1})).body == first.body
    told = [event for event in await world.events(order["orderId"]) if isinstance(event, ActivityFeedback)]
    assert [(event.score, event.source) for event in told] == [(4, "web")]
    stranger = await world.ask("POST", "/api/feedback", json={**body, "orderToken": "x" * 24})
    assert (stranger.status, stranger.body["code"]) == (404, "unknown_order")
    unpaid = (await world.buy(quantity=1)).body
    early = {**body, "orderId": unpaid["orderId"], "orderToken": unpaid["orderToken"]}
    assert (await world.ask("POST", "/api/feedback", json=early)).body["code"] == "order_not_paid"
    await world.database.execute("UPDATE feedback SET given_at = given_at - interval '366 days'")
    for job in feedback_jobs.jobs(world.database, SystemClock()):
        await job.begun(SystemClock().now())
    (kept,) = await world.database.fetch("SELECT score, text FROM feedback")
    assert (kept["score"], kept["text"]) == (4, "")


async def test_a_call_for_help_is_of_an_order_where_the_customer_shows_it(world: World) -> None:
    order = await bought(world)
    own = {"orderId": order["orderId"], "orderToken": order["orderToken"], "email": None}
    first, again = await ask(world, "own", **own), await ask(world, "own", **own)
    assert again.body == first.body
    found = await shown(world, first)
    assert (found["orderId"], found["email"]) == (order["orderId"], world.email)
    asked = [each for each in await world.events(order["orderId"]) if isinstance(each, ActivitySupportRequest)]
    assert [(str(each.request_id), each.kind) for each in asked] == [(found["requestId"], "missing_purchase")]
    number = (await world.ask("GET", f"/api/orders/{order['orderId']}", headers=world.token())).body["number"]
    theirs = await ask(world, "", orderNumber=f"{number[:4]}-{number[4:].lower()}", email=world.email, text="By number")
    other = await ask(world, "else", orderNumber=number)
    assert (await shown(world, theirs))["orderId"] == order["orderId"]
    said = await shown(world, other)
    assert (said["orderId"], said["orderSaid"]) == (None, number)
    owner = await ask(world, "", email=world.email.upper(), text="By address")
    calls = [await shown(world, each) for each in (first, theirs, owner, other)]
    assert [each["known"] for each in calls] == [True, True, True, False]
    (told,) = [each for each in await world.events(said["requestId"]) if isinstance(each, ActivitySupportRequest)]
    assert not told.known
    # Who asks is told the same, customer or not.
    assert {*other.body} == {*owner.body}
    listed = (await fullhouse(world, "support", "list")).stdout
    assert listed.count("of nobody known here") == 1
    assert (await ask(world, "own", orderId=order["orderId"], orderToken="x" * 24)).status == 404


@pytest.mark.proves("C-12", "X-5", "O-10")
async def test_staff_see_what_their_role_may_and_close_it_once(world: World) -> None:
    taken = await ask(world, "role")
    viewer, operator = await shown(world, taken, Role.VIEWER), await shown(world, taken, Role.OPERATOR)
    assert (viewer["email"], viewer["text"]) == ("r***@example.com", None)
    assert (operator["email"], operator["text"]) == ("r***@example.com", "I paid.\nWhere are they?")
    request_id = taken.body["requestId"]
    assert request_id in (await fullhouse(world, "support", "list", "--kind", "missing_purchase")).stdout
    assert "Where are they?" in (await fullhouse(world, "support", "show", request_id)).stdout
    closing = await fullhouse(world, "support", "close", request_id, "--reason", "helped by phone")
    assert "Closed: helped by phone" in closing.stdout
    close = {"json": {"reason": "once more"}, "headers": world.token(Role.OPERATOR)}
    assert (await world.ask("POST", f"{PATH}/{request_id}/close", **close)).body["reason"] == "helped by phone"
    assert [type(event) for event in await world.events(request_id)] == [ActivitySupportRequest, ActivitySupportClosed]
    unknown = await world.ask("GET", f"{PATH}/{uuid7()}", headers=world.token())
    assert (unknown.status, unknown.body["code"]) == (404, "unknown_support_request")
    floods = [await ask(world, "flood", text=f"Help {each}") for each in range(MOST_AN_HOUR + 1)]
    assert [answer.status for answer in floods] == [*([200] * MOST_AN_HOUR), 429]
    assert (await ask(world, "nowhere", email=None)).status == 422
    assert (await ask(world, "odd", orderNumber="7K3M\u0000")).status == 422
    await world.database.execute(
        "UPDATE support_requests SET made_at = '2020-01-01', closed_at = closed_at - interval '181 days'"
    )
    for job in support_jobs.jobs(world.database, SystemClock()):
        await job.begun(SystemClock().now())
    assert (await world.ask("GET", f"{PATH}/{request_id}", headers=world.token())).status == 404
    assert (await shown(world, floods[0]))["text"] == "Help 0"


@pytest.mark.proves("R-3")
async def test_a_customer_is_shown_with_what_is_wrong_by_address(world: World) -> None:
    """Here nobody but checkout answers, which is said; orders of other addresses are not shown."""
    waiting = (await world.buy(quantity=1)).body
    taken = await ask(world, "stranger")
    await ask(world, "customer", email=world.email)
    shown_whole = await fullhouse(world, "customer", world.email)
    assert shown_whole.returncode == 3, shown_whole
    told = shown_whole.stdout
    for said in ("NOT READ: waiting list", waiting["orderId"], world.email, "fullhouse reconcile --order"):
        assert said in told
    assert "nobody has answered" in told
    assert taken.body["requestId"] not in told
    masked = await fullhouse(world, "customer", world.email, "--masked", "--json")
    document = json.loads(masked.stdout)
    assert [each["order"]["customer"]["email"] for each in document["bought"]] == ["j***@example.com"]
    assert world.email not in str(document["calls"])
