"""Kafka and databases, as the environment names them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from chassis.variables import read_variable
from cli.environment import environ, need, status_command
from cli.errors import CommandError

if TYPE_CHECKING:
    from chassis.database import Database
    from eventbus import KafkaConnection

T = TypeVar("T")


def kafka(environ: Mapping[str, str]) -> KafkaConnection:
    from chassis.settings import KafkaSettings
    from eventbus import KafkaConnection

    return KafkaConnection.from_settings(KafkaSettings.from_environ(environ))


def database_url(environ: Mapping[str, str], service: str) -> str:
    """DATABASE_URL_<SERVICE>, or DATABASE_URL where a process has only its own."""
    name = f"DATABASE_URL_{service.upper()}"
    own = read_variable(environ, name) or read_variable(environ, "DATABASE_URL")
    return own or need(environ, name, use=f"the {service} database")


@asynccontextmanager
async def database(environ: Mapping[str, str], service: str) -> AsyncIterator[Database]:
    from chassis.database import Database

    opened = await Database.connect(database_url(environ, service), application="fullhouse-cli", pool_size=1)
    try:
        yield opened
    finally:
        await opened.close()


def run(
    work: Coroutine[Any, Any, T], *, known: Callable[[], Mapping[str, str]] = environ, lines: TextIO | None = None
) -> T:
    """Run a command's work; an outage of Kafka or of a database becomes a sentence.

    `known` gives the variables with which the work is done; what the use cases tell goes to `lines`, else to stderr.
    """
    with _lines_on(lines or sys.stderr):
        return asyncio.run(told(work, known))


async def told(work: Awaitable[T], known: Callable[[], Mapping[str, str]]) -> T:
    """What the work gives; raises CommandError with a sentence for an outage of Kafka or of a database.

    `known` gives the variables with which the work was done.
    """
    from chassis.database import DatabaseError
    from chassis.errors import Unavailable
    from eventbus import KafkaError, MissingTopicsError, TopicRefusedError

    try:
        return await work
    except KafkaError as error:
        raise CommandError(await _kafka_trouble(error, known())) from None
    except Unavailable as error:
        raise CommandError(f"The database does not answer ({error}). Look at `{status_command()}`.") from None
    except (MissingTopicsError, TopicRefusedError) as error:
        raise CommandError(str(error)) from None
    except DatabaseError as error:
        raise CommandError(f"The database refuses: {error}. Is it migrated (`fullhouse migrate`)?") from None


@contextmanager
def _lines_on(stream: TextIO) -> Iterator[None]:
    """The use cases tell their story as a service would; standard output is the command's alone."""
    import structlog

    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream))
    try:
        yield
    finally:
        structlog.configure(**before)


async def _kafka_trouble(error: Exception, environ: Mapping[str, str]) -> str:
    from eventbus import refusal

    if sentence := await refusal(kafka(environ)):
        return f"{sentence[0].upper()}{sentence[1:]}."
    return f"Kafka does not answer ({type(error).__name__}). Look at `{status_command()}`."
