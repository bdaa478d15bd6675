"""Chat and pager, as a browser gets them (S-3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.contract.sandbox.on_call import page_on_call, post_to_chat, wait_for
from tests.contract.sandbox.support import Running

pytestmark = pytest.mark.proves("S-3")

PHONE: ViewportSize = {"width": 390, "height": 844}


def _text(sandbox: Running, path: str) -> str:
    answer = sandbox.http.get(sandbox.url + path)
    assert answer.status_code == 200
    assert "No money moves." in answer.text
    return answer.text


def test_the_menu_counts_messages_and_open_incidents(sandbox: Running) -> None:
    assert 'Chat <span class="count">0</span>' in _text(sandbox, "/payments")
    for _ in range(3):
        post_to_chat(sandbox)
    page_on_call(sandbox)
    page = _text(sandbox, "/payments")
    assert 'Chat <span class="count">3</span>' in page
    assert 'Pager <span class="count">1</span>' in page


def test_the_chat_shows_a_channel_and_takes_a_press(sandbox: Running) -> None:
    ts = post_to_chat(sandbox)
    page = _text(sandbox, "/chat?channel=%23alerts")
    assert "<b>Payment success rate 50%</b>" in page
    assert 'fill="#E74A3B"' in page
    form = {"ts": ts, "action": "acknowledge", "channel": "#alerts", "as": "U024BE7LH"}
    answer = sandbox.http.post(f"{sandbox.url}/chat/press", data=form)
    assert answer.url.endswith("/chat?channel=%23alerts&as=U024BE7LH")
    (hook,) = sandbox.receiver.wait()
    assert json.loads(hook.form()["payload"])["user"]["id"] == "U024BE7LH"
    assert sandbox.http.post(f"{sandbox.url}/chat/press", data=form | {"action": "x"}).status_code == 404
    assert sandbox.http.post(f"{sandbox.url}/chat/press", data=form | {"as": "<script>"}).status_code == 422


def test_a_button_with_a_link_opens_it(sandbox: Running) -> None:
    form = {"ts": post_to_chat(sandbox), "action": "open", "channel": "#alerts"}
    answer = sandbox.http.post(f"{sandbox.url}/chat/press", data=form, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "https://tickets.example.com/a/1")
    policy = sandbox.http.get(f"{sandbox.url}/chat").headers["content-security-policy"]
    assert "form-action 'self' https://tickets.example.com" in policy


def test_nothing_in_a_message_is_html(sandbox: Running) -> None:
    post_to_chat(sandbox, 'x <script>alert(1)</script> <javascript:alert(1)|run> & <https://e.com/"onclick="a|y>')
    page = _text(sandbox, "/chat")
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page
    assert '"onclick=' not in page


def test_the_pager_acknowledges_and_resolves(sandbox: Running) -> None:
    page_on_call(sandbox)
    page = _text(sandbox, "/pager")
    assert 'href="https://example.com/runbook"' in page
    assert "javascript:" not in page
    incident = sandbox.control("GET", "pagerduty/incidents")["data"][0]["id"]
    for action, state in (("acknowledge", "acknowledged"), ("resolve", "resolved")):
        assert sandbox.http.post(f"{sandbox.url}/pager/{incident}/{action}").status_code == 200
        wait_for(sandbox, f'"incident.{state}"')
    assert "Resolved by U0ONCALL" in _text(sandbox, "/pager")
    assert sandbox.http.post(f"{sandbox.url}/pager/{incident}/resolve").status_code == 409


def test_clearing_goes_back_to_where_it_was_pressed(sandbox: Running) -> None:
    post_to_chat(sandbox)
    answer = sandbox.http.post(f"{sandbox.url}/messages/clear", data={"back": "/chat"})
    assert answer.url == f"{sandbox.url}/chat"
    assert "No message yet" in answer.text
    elsewhere = sandbox.http.post(f"{sandbox.url}/messages/clear", data={"back": "https://e.com"})
    assert elsewhere.url == f"{sandbox.url}/messages"


@pytest.fixture
def page(chromium: Path) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield browser.new_context(viewport=PHONE).new_page()
        browser.close()


@pytest.mark.browser
def test_what_comes_in_appears_by_itself(sandbox: Running, page: Page) -> None:
    page.goto(f"{sandbox.url}/chat")
    post_to_chat(sandbox)
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_text("The app took the last press.").wait_for()
    page.goto(f"{sandbox.url}/pager")
    page_on_call(sandbox, "Database lost")
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_text("Acknowledged by U0ONCALL").wait_for()
