"""What a new installation holds before its services start: topics, tables, the catalogue, the first administrator.

Done by this process with the command line's own use cases: each command costs two seconds of CPU for its imports.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from io import StringIO

from chassis.tokens import Role
from cli import accounts, catalogue, connections
from cli.errors import CommandError
from cli.files import config_folder, topics_file
from stack import databases
from stack.errors import StackError
from stack.layout import SERVICES
from stack.settings import EmbeddedSettings


def provide(values: Mapping[str, str]) -> None:
    """Makes what is missing; repeating it changes nothing. StackError says what failed.

    `values`: all that is in force.
    """
    lines = StringIO()  # of the use cases: they are about a system that isn't there yet
    try:
        connections.run(_provide(values), known=lambda: values, lines=lines)
    except CommandError as error:
        raise StackError(str(error)) from None


async def _provide(values: Mapping[str, str]) -> None:
    await asyncio.gather(_topics(values), _tables(values))


async def _topics(values: Mapping[str, str]) -> None:
    from config.topics import load_topics
    from eventbus import create_topics

    await create_topics(connections.kafka(values), plans=load_topics(topics_file()))


async def _tables(values: Mapping[str, str]) -> None:
    """Migrated, and then with what is in them from the start."""
    urls = {name: connections.database_url(values, name) for name in SERVICES}
    await asyncio.gather(*(asyncio.to_thread(databases.migrate, name, url) for name, url in urls.items()))
    await asyncio.gather(_administrator(values), _catalogue(values))


async def _administrator(values: Mapping[str, str]) -> None:
    """The first user; one who is there keeps the password that a person may have changed."""
    from monitor.accounts.domain import AccountError, AccountExistsError

    embedded = EmbeddedSettings.from_environ(values)
    try:
        await accounts.add(values, embedded.admin_email, embedded.admin_password.get_secret_value(), role=Role.ADMIN)
    except AccountExistsError:
        return
    except AccountError as error:
        raise StackError(f"ADMIN_EMAIL and ADMIN_PASSWORD make no user: {error}") from None


async def _catalogue(values: Mapping[str, str]) -> None:
    folder = config_folder(values)
    await catalogue.load(values, folder, shown=await catalogue.look(values, folder))
