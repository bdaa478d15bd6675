"""A service's dump over HTTP: each serves its own, to whoever can sign an admin's token; the gateway doesn't route it.

The answer is an empty line as soon as the snapshot is held, a line with its description, then what pg_dump writes. A
service's token doesn't do: with the key that all services share, each could read what its neighbours know.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

import aiohttp
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import Field, ValidationError

from backups.dumping import Dump, dump
from backups.errors import BackupError
from backups.manifest import Snapshot
from chassis import audit
from chassis.audit import Actor
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.http.deeds import deed
from chassis.http.models import InternalBody, Words
from chassis.tokens import Role

DUMPED: Final = "database_dumped"
PATH: Final = "/internal/dump"
DATABASE: Final = "database"
_LONGEST_LINE: Final = 1024 * 1024
_PIECE: Final = 256 * 1024
# For the counts of large tables, and between two pieces.
_SILENCE: Final = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=600)


def dump_router(service: str) -> APIRouter:
    """Builds the route of a service."""
    router = APIRouter(tags=["internal"])

    @router.post(PATH, response_class=StreamingResponse, summary="The service's own database, as of now")
    async def dumped(
        request: Request,
        actor: Annotated[Actor, deed(DUMPED, Role.ADMIN, target=DATABASE)],
        asked: DumpAsked,
    ) -> StreamingResponse:
        url = request.app.state.settings.database_url.get_secret_value()
        database = request.app.state.bus.database
        body = _body(url, _Told(service=service, database=database, actor=actor, reason=asked.reason))
        try:
            first = await anext(body)
        except BackupError as error:
            raise Unavailable(str(error)) from error
        return StreamingResponse(_joined(first, body), media_type="application/octet-stream")

    return router


class DumpAsked(InternalBody):
    """Why somebody wants the database."""

    reason: Words = Field(description="for the audit")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the audit is told."""

    service: str
    database: Database
    actor: Actor
    reason: str

    async def note(self, rows: int) -> None:
        async with self.database.transaction() as tx:
            await audit.record(tx, DUMPED, actor=self.actor, target=DATABASE, reason=self.reason, after={"rows": rows})


async def _body(url: str, told: _Told) -> AsyncIterator[bytes]:
    async with dump(told.service, url) as found:
        yield b"\n"
        snapshot = await found.described()
        await told.note(sum(snapshot.rows.values()))
        yield snapshot.model_dump_json().encode() + b"\n"
        async for piece in found.pieces:
            yield piece


async def _joined(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in others:
        yield piece


@asynccontextmanager
async def served_dump(service: str, url: str, *, token: str) -> AsyncIterator[Dump]:
    """Asks a service for its dump; what `dump` is for a database's own address. Raises BackupError."""
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=_SILENCE, read_bufsize=_LONGEST_LINE) as session,
            session.post(f"{url}{PATH}", headers=headers, json={"reason": "a backup"}) as answer,
        ):
            if answer.status != HTTPStatus.OK:
                raise BackupError(f"{service} gives no dump of its database: it answered {answer.status}.")
            await answer.content.readline()
            described = partial(_described, service, answer.content)
            yield Dump(service=service, described=described, pieces=_pieces(service, answer.content))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise BackupError(f"{service} does not answer ({type(error).__name__}). Look at `fullhouse status`.") from error


async def _described(service: str, content: aiohttp.StreamReader) -> Snapshot:
    with _unbroken(service):
        return Snapshot.model_validate_json(await content.readline())


async def _pieces(service: str, content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    with _unbroken(service):
        async for piece in content.iter_chunked(_PIECE):
            yield piece


@contextmanager
def _unbroken(service: str) -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, ValidationError) as error:
        raise BackupError(f"{service} broke its dump off ({type(error).__name__}).") from error
