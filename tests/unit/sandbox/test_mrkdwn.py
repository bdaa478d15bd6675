"""Slack's markup on the chat page."""

from __future__ import annotations

import pytest

from sandbox.pages.mrkdwn import shown

ELSEWHERE = ' target="_blank" rel="noreferrer"'
pytestmark = pytest.mark.proves("S-3")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*bold* and _italic_, ~gone~ `code`", "<b>bold</b> and <i>italic</i>, <s>gone</s> <code>code</code>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<!here>", '<span class="mention">@here</span>'),
        ("<@U1> <#C1|alerts>", '<span class="mention">@U1</span> <span class="mention">#alerts</span>'),
        ("<https://e.com/a_b?x&amp;y|See *it*>", f'<a href="https://e.com/a_b?x&amp;y"{ELSEWHERE}>See *it*</a>'),
        ("<javascript:alert(1)|run>", "&lt;run&gt;"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)  # fmt: skip
def test_markup(text: str, expected: str) -> None:
    assert shown(text) == expected
