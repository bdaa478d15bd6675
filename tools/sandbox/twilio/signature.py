"""Twilio's request signature."""

from __future__ import annotations

import base64
import hashlib
import hmac


def signature(token: str, url: str, form: dict[str, str]) -> str:
    """base64(HMAC-SHA1(token, URL and the form's names and values in the order of their names))."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def sign(token: str, url: str, form: dict[str, str], genuine: bool) -> dict[str, str]:
    """The headers of a callback; without `genuine` the signature is made with another token."""
    used = token if genuine else f"{token}-not"
    return {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": signature(used, url, form),
    }
