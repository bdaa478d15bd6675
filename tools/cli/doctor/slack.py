"""Looks at Slack: whom the bot's token names, and whether the incoming webhooks still are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from cli.doctor.check import Examined, Finding, gravest, note, well, wrong
from cli.doctor.vendors import called, reached, status_page

# What a webhook that is alive says to a message without content, which it does not show to anybody.
_ALIVE: Final = frozenset({"no_text", "invalid_payload"})
_BAD_REQUEST: Final = 400


async def slack_workspace(examined: Examined) -> Finding:
    """Asks as the notifier does: with the bot's token where there is one, and at each incoming webhook."""
    from chassis.settings import SlackSettings

    settings = SlackSettings.from_environ(examined.environ)
    token = settings.slack_bot_token
    looks = [_webhook(examined, channel, url.get_secret_value()) for channel, url in settings.slack_webhooks.items()]
    if token is not None:
        looks.insert(0, _bot(examined, settings.slack_api_url, token.get_secret_value(), str(settings.sandbox_url)))
    if not looks:
        return note("not set up: alerts don't come to Slack", "Set SLACK_BOT_TOKEN or SLACK_WEBHOOK_URL to have them.")
    return gravest(await asyncio.gather(*looks))


def judged(answer: Mapping[str, Any], *, stands_in: bool) -> Finding:
    """What `auth.test` says of the token."""
    if answer.get("ok"):
        return reached(f"{answer.get('user')} in the workspace {answer.get('team')}", stands_in=stands_in)
    return wrong(
        f"Slack refuses SLACK_BOT_TOKEN: {answer.get('error') or 'no reason'}",
        "Install the app again in Slack under OAuth & Permissions, set the new token, and restart notifier.",
    )


async def _bot(examined: Examined, api: str, token: str, sandbox: str) -> Finding:
    url, headers = f"{api}/api/auth.test", {"Authorization": f"Bearer {token}"}
    answer = await called(examined, "Slack", "POST", url, headers=headers, json={})
    if answer.status >= _BAD_REQUEST:
        return wrong(f"Slack is in trouble (HTTP {answer.status})", status_page(examined, "Slack"))
    return judged(answer.document, stands_in=api.startswith(sandbox))


async def _webhook(examined: Examined, channel: str, url: str) -> Finding:
    answer = await called(examined, "Slack", "POST", url, json={"text": ""})
    said = answer.text.strip()[:60]
    if answer.status == _BAD_REQUEST and said in _ALIVE:
        return well(f"the webhook of {channel} is there")
    return wrong(
        f"the webhook of {channel} is refused: {said or answer.status}",
        "Make it anew in Slack under Incoming Webhooks, set its address, and restart notifier.",
    )
