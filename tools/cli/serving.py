"""One service in this process: uvicorn with uvloop and httptools around the service's own `create`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from socket import socket
from types import FrameType
from typing import Any, Final

import uvicorn

from chassis.http.parting import Parting, let_in
from chassis.process import ProcessRole, leave, listens_on, settle_in
from chassis.settings import ListeningSettings, TelemetrySettings, exit_when_misconfigured
from chassis.telemetry import configure_logging, configure_tracing, stop_tracing
from chassis.variables import read_variable
from cli.environment import SANDBOX, base_port, over, port_of, state_file
from cli.handover import HandoverConfig

# Longer than a batch under way and than the slowest answer of a vendor; supervisors wait a little longer still.
GRACE_SECONDS: Final = 20
# Longer than any client keeps an idle connection: whoever closes first must be the one who sends, or a request meets a
# closing connection, and one that isn't safe to repeat is lost.
KEEP_ALIVE_SECONDS: Final = 75


def serve(service: str, *, role: ProcessRole, host: str) -> None:
    """Blocks until a signal ends the service; a misconfiguration ends it with its sentences and exit code 2."""
    with exit_when_misconfigured():
        environ = own_environ(service)
        settings = TelemetrySettings.from_environ(environ)
        configure_logging(service, folder=settings.log_dir)
        configure_tracing(service, settings.otel_exporter_otlp_endpoint)
        app = _application(service, environ, role)
        port = ListeningSettings.from_environ(environ).port
        listens_on(host, port)
        server = Server(HandoverConfig(app, host=host, port=port, **SERVER_OPTIONS))
        with suppress(KeyboardInterrupt):
            server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)
        stop_tracing()


# What uvicorn.run itself ends with when the lifespan could not start.
STARTUP_FAILURE: Final = 3


class Server(uvicorn.Server):
    """uvicorn's, which ends without losing a request."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        settle_in()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        await let_in([listener for server in self.servers for listener in server.sockets])
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Without a word the open streams would hold the end up until the grace is over."""
        leave()
        super().handle_exit(sig, frame)


def own_environ(service: str) -> Mapping[str, str]:
    """The process's own environment. Started by hand, without a mode, it is what `make up` wrote, on the usual port."""
    if read_variable(os.environ, "FULLHOUSE_MODE"):
        return dict(os.environ)
    values = over(state_file(os.environ), os.environ)
    return {**values, "PORT": str(port_of(service, base_port(values)))}


def _application(service: str, environ: Mapping[str, str], role: ProcessRole) -> Any:
    create: Callable[..., Any] = import_module(f"{service}.app").create
    return create(environ) if service == SANDBOX else create(environ, role=role)


SERVER_OPTIONS: Final[dict[str, Any]] = {
    "loop": "uvloop",
    "http": Parting,
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_graceful_shutdown": GRACE_SECONDS,
    "timeout_keep_alive": KEEP_ALIVE_SECONDS,
}
