"""Looks at PagerDuty: whether its keys are taken, without paging anybody."""

from __future__ import annotations

import asyncio
from typing import Final

from cli.doctor.check import Examined, Finding, gravest, note, wrong
from cli.doctor.vendors import called, reached, status_page

# Nothing is open under this key: the end of it is taken and dropped. The Events API has no other question.
_NOTHING: Final = "fullhouse-doctor"
_ACCEPTED, _BAD_REQUEST, _TOO_MANY = 202, 400, 429
_KEYS: Final = ("routing_key", "routing_key_critical", "routing_key_error", "routing_key_warning", "routing_key_info")


async def pagerduty_keys(examined: Examined) -> Finding:
    """Ends an incident that never was, with each key that is set."""
    from chassis.settings import PagerDutySettings

    settings = PagerDutySettings.from_environ(examined.environ)
    named = {f"pagerduty_{name}": getattr(settings, f"pagerduty_{name}") for name in _KEYS}
    keys = {name.upper(): key.get_secret_value() for name, key in named.items() if key is not None}
    if not keys:
        return note("not set up: nobody is paged", "Set PAGERDUTY_ROUTING_KEY to have critical alerts wake people.")
    url = f"{settings.pagerduty_events_url}/v2/enqueue"
    stands_in = settings.pagerduty_events_url.startswith(str(settings.sandbox_url))
    return gravest(
        await asyncio.gather(*(_asked(examined, url, name, key, stands_in=stands_in) for name, key in keys.items()))
    )


def judged(variable: str, status: int, *, keys_remedy: str, trouble_remedy: str, stands_in: bool) -> Finding:
    """What the answer to an end of nothing says of a key."""
    if status == _ACCEPTED:
        return reached(f"{variable} is taken; nobody was paged", stands_in=stands_in)
    if status == _BAD_REQUEST:
        return wrong(f"PagerDuty refuses {variable}", keys_remedy)
    if status == _TOO_MANY:
        return note("PagerDuty says that we ask too often", "Ask again in a minute.")
    return wrong(f"PagerDuty is in trouble (HTTP {status})", trouble_remedy)


async def _asked(examined: Examined, url: str, variable: str, key: str, *, stands_in: bool) -> Finding:
    body = {"routing_key": key, "event_action": "resolve", "dedup_key": _NOTHING}
    answer = await called(examined, "PagerDuty", "POST", url, json=body)
    return judged(
        variable,
        answer.status,
        keys_remedy=f"Set {variable} to the integration key (Events API v2) of the service, and restart notifier.",
        trouble_remedy=status_page(examined, "PagerDuty"),
        stands_in=stands_in,
    )
