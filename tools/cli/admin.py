"""The admin APIs through the gateway, as whoever keeps the keys of this machine: checked and audited like anybody."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from cli.environment import need, status_command
from cli.errors import CommandError, UnreadError
from cli.output import progress

if TYPE_CHECKING:
    from chassis.audit import Actor
    from cli.http import Reply

SECONDS: Final = 15
_PAGE: Final = 500
_UNREADABLE: Final = "account_unreadable"


def call(
    environ: Mapping[str, str], method: str, path: str, *, role: str = "operator", body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The document of an answer; a refusal or silence is a sentence."""
    return asyncio.run(answer(environ, method, path, role=role, body=body))


async def answer(
    environ: Mapping[str, str],
    method: str,
    path: str,
    *,
    role: str,
    body: Mapping[str, Any] | None = None,
    seconds: int = SECONDS,
) -> dict[str, Any]:
    """The same, for who asks several things at a time, or waits longer."""
    from aiohttp import ClientSession, ClientTimeout

    from cli.http import ask

    base, headers = _asked(environ, role)
    options = {"json": body} if body is not None else {}
    async with ClientSession(timeout=ClientTimeout(total=seconds)) as session:
        reply = await ask(session, method, base + path, headers=headers, **options)
    if reply is None:
        raise CommandError(f"{base} does not answer. Look at `{status_command()}`.")
    if reply.status >= 300 or not isinstance(reply.document, dict):
        raise _refusal(reply, path)
    return reply.document


def download(environ: Mapping[str, str], path: str, *, role: str) -> None:
    """Writes a file that a service makes to standard output, as it comes; a refusal or silence is a sentence."""
    asyncio.run(_download(environ, path, role=role))


async def _download(environ: Mapping[str, str], path: str, *, role: str) -> None:
    from aiohttp import ClientError, ClientSession, ClientTimeout

    from cli.http import Reply

    base, headers = _asked(environ, role)
    timeout = ClientTimeout(total=None, sock_connect=SECONDS, sock_read=SECONDS)
    try:
        async with ClientSession(timeout=timeout) as session, session.get(base + path, headers=headers) as response:
            if response.status >= 300:
                raise _refusal(Reply(response.status, await response.json(content_type=None)), path)
            async for part in response.content.iter_any():
                sys.stdout.buffer.write(part)
    except (ClientError, TimeoutError, ValueError):
        raise CommandError(f"{base} broke off or does not answer. Look at `{status_command()}`.") from None


def _asked(environ: Mapping[str, str], role: str) -> tuple[str, dict[str, str]]:
    """Where the gateway is, and who asks it."""
    from cli.choices import role_named
    from cli.commands.token import sign

    base = need(environ, "PUBLIC_URL", use="asking through the gateway").rstrip("/")
    token = sign(environ, email=person(environ), role=role_named(role))
    return base, {"Authorization": f"Bearer {token}"}


def _refusal(reply: Reply, path: str) -> CommandError:
    from cli.http import AWAY

    if reply.status in AWAY:
        return CommandError(f"What answers {path} is away: {reply.sentence}. Look at `{status_command()}`.")
    if reply.code == _UNREADABLE:
        return UnreadError(f"NOT READ: {reply.sentence}. Nothing is said of what stands there.")
    return CommandError(f"Refused: {reply.sentence}")


def person(environ: Mapping[str, str]) -> str:
    """Whom the audit names: the account on this machine, at the installation's domain."""
    import getpass
    import re

    from cli.settings import CommandSettings

    domain = CommandSettings.from_environ(environ).domain
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "operator"
    return f"{re.sub(r'[^A-Za-z0-9._-]', '-', name)}@{domain}"


def actor(environ: Mapping[str, str]) -> Actor:
    """Who changes a service's database from this machine, without asking the service: no token, and no address."""
    from chassis.audit import Actor

    return Actor(name=person(environ))


def pages(
    known: Mapping[str, str], path: str, filters: Mapping[str, str], *, role: str, limit: int | None
) -> Iterator[Mapping[str, Any]]:
    """The rows of a list, a page after the other; all of them without a limit. Filters without a value are left out."""
    cursor, left, read = None, limit, 0
    while left is None or left > 0:
        asked = {
            **{name: value for name, value in filters.items() if value},
            "limit": min(_PAGE, left or _PAGE),
            **({"cursor": cursor} if cursor else {}),
        }
        page = call(known, "GET", f"{path}?{urlencode(asked)}", role=role)
        yield from page["data"]
        cursor = page["nextCursor"] if "nextCursor" in page else page["next_cursor"]
        if cursor is None:
            return
        left = None if left is None else left - len(page["data"])
        read += len(page["data"])
        progress(f"{read} rows read …")
