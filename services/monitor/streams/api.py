"""`GET /api/stream`: server-sent events of everything that happens (M-10, X-9)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse
from pydantic import StringConstraints

from chassis.app import known_filters
from chassis.clock import Clock
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.process import leaving
from chassis.tokens import Principal, Role, TokenVerifier
from events import Severity, Topic
from monitor.streams.domain import StreamFilter
from monitor.streams.feed import Feed
from monitor.streams.reader import StreamReader, StreamRequest

router = APIRouter(tags=["stream"])

# So many messages a reader may be late before it is dropped.
BEHIND: Final = 2_000
SIGNED_OUT: Final = "The token has ended. Renew it and connect again to go on from the last id."
_Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_Words = Annotated[list[_Word] | None, Query(max_length=50)]
_Id = Annotated[str, StringConstraints(max_length=4000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDeps:
    """What the route works with.

    feed: what happens, as it happens
    verifier: says whether a viewer's token was ended
    clock: says when a viewer's token is over
    """

    feed: Feed
    verifier: TokenVerifier
    clock: Clock


@router.get("/api/stream", response_class=StreamingResponse, dependencies=[Depends(known_filters)])
async def stream(
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    deps: Annotated[StreamDeps, provided(StreamDeps)],
    topic: Annotated[list[Topic] | None, Query()] = None,
    type: _Words = None,  # noqa: A002 the word in the address
    city: _Words = None,
    severity: Annotated[list[Severity] | None, Query()] = None,
    names: Literal["full", "short"] = "full",
    last_event_id: Annotated[_Id | None, Header()] = None,
    resume_from: Annotated[_Id | None, Query(alias="lastEventId")] = None,
) -> StreamingResponse:
    """Events as they come, what is personal masked. `Last-Event-ID` goes on from there without gap or repeat.

    `gone` says that this was too long ago, `dropped` that the reader was too slow, `ended` that its token is over.
    """
    request = StreamRequest(
        wanted=StreamFilter(
            topics=frozenset(topic or ()),
            types=frozenset(type or ()),
            cities=frozenset(city or ()),
            severities=frozenset(severity or ()),
        ),
        short_names=names == "short",
        last_id=last_event_id or resume_from,
        behind=BEHIND,
        ended=partial(_ended, viewer, deps),
    )
    await deps.feed.available()
    headers = {"X-Accel-Buffering": "no"}
    content = StreamReader(deps.feed, request, clock=deps.clock).stream()
    return StreamingResponse(content, media_type="text/event-stream", headers=headers)


def _ended(viewer: Principal, deps: StreamDeps) -> str | None:
    """Why a stream is over: said to its reader, or empty when the process leaves."""
    if leaving():
        return ""
    over = deps.clock.now() >= viewer.expires_at or deps.verifier.was_ended(viewer)
    return SIGNED_OUT if over else None
