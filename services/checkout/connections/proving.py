"""Asks a processor whether credentials are of any use: only what it refuses is of none, whoever has it."""

from __future__ import annotations

from datetime import timedelta

from checkout.connections.sealed import ConnectionSecrets
from checkout.payments.processors.port import ProcessorFailure, ProcessorRefused
from checkout.processors.accounts import Credentials
from checkout.processors.domain import CredentialsRefused
from checkout.processors.port import ExternalProcessor


async def are_useless(processor: ExternalProcessor, secrets: ConnectionSecrets, *, deadline: timedelta) -> bool:
    """Whether it refuses all of them; a processor that does not answer has refused nothing."""
    credentials = secrets.credentials
    try:
        if credentials is None:
            await processor.take_pasted(secrets.pasted, deadline=deadline)
        else:
            await processor.read_account(credentials, deadline=deadline)
    except CredentialsRefused:
        return credentials is None or await _gives_no_others(processor, credentials, deadline=deadline)
    except ProcessorFailure:
        return False
    return False


async def _gives_no_others(processor: ExternalProcessor, credentials: Credentials, *, deadline: timedelta) -> bool:
    """An access token that is refused may have a refresh token that is not."""
    if credentials.refresh_token is None:
        return True
    try:
        await processor.refresh(credentials, deadline=deadline)
    except ProcessorRefused:
        return True
    except ProcessorFailure:
        return False
    return False
