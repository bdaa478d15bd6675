"""Square's own SDK against the stand-in: an owner's permission, its tokens and their end."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.contract.sandbox.square_client import ELM, SCOPES, Connect, charge, granted, refused
from tests.contract.sandbox.support import SQUARE_APPLICATION, SQUARE_SECRET, Running

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")


def test_sellers_permit_refresh_and_take_back(square: Running, connect: Connect) -> None:
    app = connect()
    given: Any = {"client_id": SQUARE_APPLICATION, "client_secret": SQUARE_SECRET}
    code = granted(square)
    assert refused(lambda: app.o_auth.obtain_token(grant_type="authorization_code", code=code, client_id="x"))[0] == 401
    token = app.o_auth.obtain_token(grant_type="authorization_code", code=granted(square), **given)
    assert (token.merchant_id, token.token_type) == (ELM.id, "bearer")
    status = connect(token.access_token).o_auth.retrieve_token_status()
    assert (status.merchant_id, status.client_id, sorted(status.scopes or [])) == (
        ELM.id, SQUARE_APPLICATION, sorted(SCOPES.split()),
    )  # fmt: skip
    again = app.o_auth.obtain_token(grant_type="refresh_token", refresh_token=token.refresh_token, **given)
    assert again.refresh_token == token.refresh_token
    assert again.access_token != token.access_token
    square.advance(31 * 86_400)
    assert refused(lambda: charge(connect(token.access_token), 500)) == (
        401, "AUTHENTICATION_ERROR", "ACCESS_TOKEN_EXPIRED",
    )  # fmt: skip
    fresh = app.o_auth.obtain_token(grant_type="refresh_token", refresh_token=token.refresh_token, **given)
    revoking: Any = {"authorization": f"Client {SQUARE_SECRET}"}
    options: Any = {"additional_headers": revoking}
    app.o_auth.revoke_token(client_id=SQUARE_APPLICATION, access_token=fresh.access_token, request_options=options)
    assert refused(lambda: charge(connect(fresh.access_token), 500))[2] == "ACCESS_TOKEN_REVOKED"


def test_an_owner_may_say_no(square: Running) -> None:
    asked = {"client_id": SQUARE_APPLICATION, "state": "s-1", "redirect_uri": "https://example.com/"}
    answer = square.http.post(
        f"{square.url}/connect/square?{urlencode(asked)}", {"seller": ELM.id, "answer": "deny"}, allow_redirects=False
    )
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (query["error"], query["state"], "code" in query) == (["access_denied"], ["s-1"], False)
    assert square.http.get(f"{square.url}/connect/square?client_id=unknown").status_code == 400


def test_a_code_challenge_stands_in_for_the_secret_and_its_refresh_tokens_are_good_once(
    square: Running, connect: Connect
) -> None:
    app, verifier = connect(), "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    given: Any = {"client_id": SQUARE_APPLICATION, "grant_type": "authorization_code"}
    wrong = granted(square, code_challenge=challenge)
    assert refused(lambda: app.o_auth.obtain_token(code=wrong, code_verifier="w" * 43, **given))[0] == 401
    token = app.o_auth.obtain_token(code=granted(square, code_challenge=challenge), code_verifier=verifier, **given)
    again: Any = {"client_id": SQUARE_APPLICATION, "grant_type": "refresh_token"}
    renewed = app.o_auth.obtain_token(refresh_token=token.refresh_token, **again)
    assert renewed.refresh_token != token.refresh_token
    assert refused(lambda: app.o_auth.obtain_token(refresh_token=token.refresh_token, **again))[0] == 401
