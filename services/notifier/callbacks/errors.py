"""Conditions of callbacks that can't be believed."""

from __future__ import annotations

from chassis.errors import Condition


class SignatureMissing(Condition):
    """A callback has no signature."""

    status = 400
    code = "signature_missing"
    title = "The signature is missing"
    meaning = "A callback must carry the signature header of its vendor."
    remedy = "Only the vendor itself can call this address."


class SignatureInvalid(Condition):
    """A callback's signature is not its vendor's, or too old."""

    status = 400
    code = "webhook_signature_invalid"
    title = "The signature is wrong"
    meaning = "The signature is not the vendor's for this address, body and time."
    remedy = "Check PUBLIC_URL, the vendor's key and the clock; only the vendor itself can call this address."
