"""The sandbox as one ASGI application: `sandbox.app:create`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from sandbox.accounts import Accounts
from sandbox.control.api import ControlApi
from sandbox.core.connection import lose_answer
from sandbox.core.guard import Guard
from sandbox.core.http import (
    AnswerLostError,
    BodyTooLargeError,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    json_response,
    read_request,
    send_response,
)
from sandbox.pages.site import Site
from sandbox.settings import SandboxSettings
from sandbox.status import StatusPages
from sandbox.world import World

_Handle = Callable[[Request], Awaitable[Response]]


class Sandbox:
    """Hands each request to the stand-in, control API or page that its path belongs to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._lasting = world.keep.lasting
        accounts = Accounts.open(world)
        entrances = accounts.entrances()
        self._status = StatusPages(world.faults)
        self._vendors: dict[str, _Handle] = {name: entrance.handle for name, entrance in entrances.items()}
        operations = {name: entrance.operations() for name, entrance in entrances.items()}
        control = ControlApi(world, accounts, operations)
        self._control = control.handle
        self._site = Site(world, accounts, control).handle
        self._guard = Guard(world.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await read_request(scope, receive)
            response = await self._answer(request)
            if self._lasting:
                await self.world.keep.written()
        except AnswerLostError as lost:
            await self.world.keep.written()
            await lose_answer(receive, send, lost.seconds)
            return
        except BodyTooLargeError:
            response = Response(status=413)
        await send_response(response, send, without_body=scope["method"] == "HEAD")

    async def _answer(self, request: Request) -> Response:
        first = request.path.split("/", 2)[1]
        vendor = self._vendors.get(first)
        refusal = self._guard.refuse(request, vendor=vendor is not None)
        if first in ("livez", "readyz"):
            return json_response({"status": "ok"})
        if refusal is not None:
            return refusal
        if vendor is None:
            return await (self._control(request) if first == "_sandbox" else self._site(request))
        return self._status.answer(first, request.path) or await vendor(request)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.world.webhooks.start()
        self.world.timers.resume()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.world.timers.stop()
        await self.world.webhooks.stop()
        self.world.keep.close()
        await send({"type": "lifespan.shutdown.complete"})


def create(environ: Mapping[str, str]) -> Sandbox:
    """The application. Raises SettingsError, with a sentence, for an environment it can't or must not run in."""
    return Sandbox(World.make(SandboxSettings.from_environ(environ)))
