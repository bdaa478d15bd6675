"""Who comes to a seller's account at PayPal's stand-in, by the SDK and by plain HTTP."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.paypal.oauth import ALL_SCOPES
from tests.contract.sandbox.paypal_client import HOUR, Seller
from tests.contract.sandbox.support import PAYPAL_CLIENT_ID as CLIENT_ID
from tests.contract.sandbox.support import PAYPAL_SECRET as SECRET
from tests.contract.sandbox.support import Running

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")


def test_a_seller_agrees_and_their_tokens_are_refreshed_and_revoked(seller: Seller, paypal: Running) -> None:
    platform, back = Seller(paypal, CLIENT_ID, SECRET), f"{paypal.receiver.url}/connected"
    asked = {"client_id": CLIENT_ID, "response_type": "code", "scope": ALL_SCOPES, "redirect_uri": back, "state": "s-1"}
    page = paypal.http.get(f"{paypal.url}/signin/authorize", params=asked)
    assert page.status_code == 200, page.text
    action = re.search(r'action="([^"]*)"', page.text)
    assert action is not None
    address = f"{paypal.url}{action[1].replace('&amp;', '&')}"
    agreed = paypal.http.post(address, data={"email": "sam@example.com"}, allow_redirects=False)
    given = parse_qs(urlsplit(agreed.headers["location"]).query)
    assert given["state"] == ["s-1"]
    code = given["code"][0]
    tokens = platform.tokens(grant_type="authorization_code", code=code, redirect_uri=back)
    again = platform.tokens(status=400, grant_type="authorization_code", code=code, redirect_uri=back)
    assert again["error"] == "invalid_grant"
    who = platform.call("GET", "v1/identity/openidconnect/userinfo?schema=openid", token=tokens["access_token"])
    assert who["emails"][0]["value"] == "sam@example.com"
    platform.sandbox.advance(9 * HOUR)
    platform.call("GET", "v1/notifications/webhooks", status=401, token=tokens["access_token"])
    fresh = platform.tokens(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    platform.call("GET", "v1/notifications/webhooks", token=fresh["access_token"])
    platform.tokens(path="/terminate", token=fresh["access_token"])
    platform.call("GET", "v1/notifications/webhooks", status=401, token=fresh["access_token"])
    platform.tokens(status=400, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    elsewhere = paypal.http.get(
        f"{paypal.url}/signin/authorize", params=asked | {"redirect_uri": "javascript:alert(1)"}
    )
    assert elsewhere.status_code == 400


def test_another_sellers_money_is_nobodys_business(seller: Seller, paypal: Running) -> None:
    stranger = Seller(paypal, CLIENT_ID, SECRET)
    capture, order = seller.paid(), seller.order()
    for call, options in (
        (stranger.sdk.payments.get_captured_payment, {"capture_id": capture.id}),
        (stranger.sdk.payments.refund_captured_payment, {"capture_id": capture.id}),
        (stranger.sdk.orders.get_order, {"id": order.id}),
    ):
        assert stranger.refused(call, options) == (404, "INVALID_RESOURCE_ID")


def test_wrong_credentials_get_no_token(seller: Seller) -> None:
    answer = seller.sandbox.http.post(
        f"{seller.sandbox.url}/paypal/v1/oauth2/token", data={"grant_type": "client_credentials"}, auth=(CLIENT_ID, "x")
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
