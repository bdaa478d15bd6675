"""Stripe's v2 endpoints: thin events and the destinations that ask for them. Their bodies are JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from sandbox.core.http import Record, Request, Response, json_response
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.errors import StripeRefusedError
from sandbox.stripe.params import Shape, shape_of

_Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
_PATH = "/stripe/v2/core/event_destinations"


def v2_routes(account: StripeAccount) -> list[tuple[str, str, str, _Handler]]:
    """Method, path, operation and handler of each."""
    return [
        ("GET", "/stripe/v2/core/events/{id}", "v2.core.events.retrieve", partial(_event, account)),
        ("POST", _PATH, "v2.core.event_destinations.create", partial(_create, account)),
        ("GET", _PATH, "v2.core.event_destinations.list", partial(_list, account)),
        ("GET", f"{_PATH}/{{id}}", "v2.core.event_destinations.retrieve", partial(_retrieve, account)),
        ("DELETE", f"{_PATH}/{{id}}", "v2.core.event_destinations.delete", partial(_delete, account)),
    ]


async def _event(account: StripeAccount, request: Request) -> Response:
    event = account.events.thin.get(request.path_params["id"])
    if event is None:
        raise StripeRefusedError.no_such("v2.core.event", request.path_params["id"])
    return json_response(event | {"changes": None})


async def _create(account: StripeAccount, request: Request) -> Response:
    params = _body(request, shape_of("v2.core._event_destination_create_params", "EventDestinationCreateParams"))
    receiver = params.get("webhook_endpoint")
    if (
        params["type"] != "webhook_endpoint"
        or not isinstance(receiver, dict)
        or not isinstance(receiver.get("url"), str)
    ):
        raise StripeRefusedError.invalid(
            "The sandbox delivers to webhook endpoints only.", param="webhook_endpoint[url]"
        )
    made = account.add_destination(
        params["name"],
        receiver["url"],
        params["enabled_events"],
        thin=params["event_payload"] == "thin",
        events_from=params.get("events_from", ["@self"]),
    )
    made |= {"description": params.get("description", ""), "metadata": params.get("metadata", {})}
    return json_response(_shown(account, made, params.get("include", [])))


async def _list(account: StripeAccount, request: Request) -> Response:
    include = [value for name, value in request.query() if name.startswith("include")]
    data = [_shown(account, each, include) for each in account.state.destinations]
    return json_response({"data": data, "next_page_url": None, "previous_page_url": None})


async def _retrieve(account: StripeAccount, request: Request) -> Response:
    include = [value for name, value in request.query() if name.startswith("include")]
    return json_response(_shown(account, account.state.destinations.get(request.path_params["id"]), include))


async def _delete(account: StripeAccount, request: Request) -> Response:
    destination = account.state.destinations.get(request.path_params["id"])
    account.state.destinations.remove(destination["id"])
    return json_response({"id": destination["id"], "object": "v2.core.event_destination"})


def _shown(account: StripeAccount, destination: Record, include: list[str]) -> Record:
    """Address and secret only when asked for."""
    url = destination["webhook_endpoint"]["url"] if "webhook_endpoint.url" in include else None
    secret = account.state.secrets[destination["id"]] if "webhook_endpoint.signing_secret" in include else None
    moments = {name: _iso(destination[name]) for name in ("created", "updated")}
    return destination | moments | {"webhook_endpoint": {"url": url, "signing_secret": secret}}


def _iso(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, tz=dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _body(request: Request, shape: Shape) -> Record:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise StripeRefusedError.invalid("The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise StripeRefusedError.invalid("The request body must be an object.")
    unknown = [name for name in body if name not in shape.fields]
    if unknown:
        raise StripeRefusedError.unknown_parameters(unknown)
    for name in sorted(shape.required):
        if name not in body:
            raise StripeRefusedError.missing(name)
    return body
