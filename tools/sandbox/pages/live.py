"""What tells an open page that there is something new to see."""

from __future__ import annotations

from sandbox.core.http import Request, Response
from sandbox.world import World

_LOOKED_AT = 200


def version(world: World) -> str:
    """Another one after each new message and each change of a recent one's state."""
    messages = world.messages.newest()
    recent = tuple((each.id, each.status, each.text, tuple(each.facts.values())) for each in messages[:_LOOKED_AT])
    return f"{len(messages)}-{hash(recent) & 0xFFFFFFFF:x}"


class Live:
    """Answers the pages' question, every two seconds."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def show(self, _: Request) -> Response:
        headers = {"cache-control": "no-store"}
        return Response(body=version(self._world).encode(), content_type="text/plain", headers=headers)
