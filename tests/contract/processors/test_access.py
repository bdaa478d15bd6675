"""Accounts are connected by the processor's page or by what is pasted, and let go, at every external processor."""

from __future__ import annotations

import base64
import hashlib

import pytest
from pydantic import SecretStr

from checkout.processors.accounts import Credentials
from checkout.processors.domain import CredentialsRefused
from tests.contract.processors.support import DEADLINE, Counterpart

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-4")]

VERIFIER = "verifier-" + "x" * 40
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def test_an_owner_permits_us_once(counterpart: Counterpart) -> None:
    processor = counterpart.processor
    permission = await counterpart.permission()
    credentials = await processor.exchange(permission, deadline=DEADLINE)
    account = await processor.read_account(credentials, deadline=DEADLINE)
    assert account.account_id == credentials.account_id
    assert account.name
    assert (account.can_charge, account.can_refund) == (True, processor.abilities.refunds)
    with pytest.raises(CredentialsRefused):
        await processor.exchange(permission, deadline=DEADLINE)


async def test_a_code_is_of_no_use_without_its_verifier(counterpart: Counterpart) -> None:
    processor = counterpart.processor
    if not processor.abilities.pkce:
        assert processor.authorize_url(state="s", redirect_uri="https://tickets.example.com/", challenge=CHALLENGE)
        return
    stolen = await counterpart.permission(challenge=CHALLENGE, verifier="another-" + "x" * 40)
    with pytest.raises(CredentialsRefused):
        await processor.exchange(stolen, deadline=DEADLINE)
    own = await counterpart.permission(challenge=CHALLENGE, verifier=VERIFIER)
    assert (await processor.exchange(own, deadline=DEADLINE)).account_id


async def test_what_is_pasted_is_asked_about(counterpart: Counterpart) -> None:
    processor = counterpart.processor
    pasted = await counterpart.pasted("USD")
    assert tuple(pasted) == processor.pasted_fields
    credentials = await processor.take_pasted(pasted, deadline=DEADLINE)
    assert (await processor.read_account(credentials, deadline=DEADLINE)).account_id == credentials.account_id
    for wrong in ({name: SecretStr("wrong") for name in pasted}, {}):
        with pytest.raises(CredentialsRefused):
            await processor.take_pasted(wrong, deadline=DEADLINE)


async def test_credentials_that_were_revoked_are_of_no_use(counterpart: Counterpart) -> None:
    processor = counterpart.processor
    credentials = await processor.exchange(await counterpart.permission(), deadline=DEADLINE)
    for _ in range(2):
        await processor.revoke(credentials, deadline=DEADLINE)
    with pytest.raises(CredentialsRefused):
        await processor.read_account(credentials, deadline=DEADLINE)
    with pytest.raises(CredentialsRefused):
        await processor.refresh(credentials, deadline=DEADLINE)


async def test_secrets_do_not_print(counterpart: Counterpart, credentials: Credentials) -> None:
    permission = await counterpart.permission(verifier=VERIFIER)
    subscription = await counterpart.processor.register_webhook(credentials, counterpart.hook_url, deadline=DEADLINE)
    printed = repr((credentials, permission, subscription, counterpart.processor)) + str(vars(counterpart.processor))
    secrets = [credentials.access_token, credentials.refresh_token, permission.code]
    if subscription.secret.get_secret_value() != subscription.subscription_id:
        secrets.append(subscription.secret)  # PayPal signs for the subscription's id, which proves nothing by itself
    for secret in [each for each in secrets if each is not None]:
        assert secret.get_secret_value() not in printed
    assert VERIFIER not in printed
