"""Twilio's request signature."""

from __future__ import annotations

import base64
import hashlib
import hmac


def signed_text(url: str, form: dict[str, str]) -> str:
    """What the signature covers: URL and the form's names and values in the order of their names."""
    return url + "".join(name + form[name] for name in sorted(form))


def sign(token: str, text: str, genuine: bool) -> dict[str, str]:
    """The headers of a callback; without `genuine` the signature is made with another token."""
    used = token if genuine else f"{token}-not"
    return {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": base64.b64encode(hmac.new(used.encode(), text.encode(), hashlib.sha1).digest()).decode(),
    }
