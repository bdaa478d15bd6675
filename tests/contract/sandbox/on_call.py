"""What the chat and the pager are given in tests of their pages."""

from __future__ import annotations

from typing import Any

from tests.contract.sandbox.support import Running

BUTTON = {
    "type": "button", "action_id": "acknowledge", "style": "primary",
    "text": {"type": "plain_text", "text": "Acknowledge"},
}  # fmt: skip
LINK = {
    "type": "button", "action_id": "open", "url": "https://tickets.example.com/a/1",
    "text": {"type": "plain_text", "text": "Open"},
}  # fmt: skip


def post_to_chat(sandbox: Running, text: str = "*Payment success rate 50%*") -> str:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    blocks: list[dict[str, Any]] = [section, {"type": "actions", "elements": [BUTTON, LINK]}]
    coloured = {"color": "#E74A3B", "blocks": [section]}
    posted = sandbox.slack.chat_postMessage(channel="#alerts", text=text, blocks=blocks, attachments=[coloured])
    return str(posted["ts"])


def page_on_call(sandbox: Running, title: str = "Payment success rate 50%") -> None:
    links: list[dict[str, str]] = [{"href": "https://example.com/runbook", "text": "Runbook"}]
    links += [{"href": "javascript:alert(1)", "text": "Trap"}]
    sandbox.pagerduty.trigger(title, "monitor", severity="critical", links=links)
    wait_for(sandbox, f'"title":"{title}"')


def wait_for(sandbox: Running, part: str) -> None:
    sandbox.receiver.wait(where=lambda hook: part.encode() in hook.body)
