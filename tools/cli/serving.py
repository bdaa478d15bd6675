"""One service in this process: uvicorn with uvloop and httptools around the service's own `create`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

import uvicorn

from chassis.process import ProcessRole, listens_on
from chassis.settings import exit_when_misconfigured
from chassis.telemetry import configure_logging, configure_tracing, stop_tracing
from cli.environment import SANDBOX, base_port, port_of, state_file

# Longer than a batch under way and than the slowest answer of a vendor; supervisors wait a little longer still.
GRACE_SECONDS: Final = 20


def serve(service: str, *, role: ProcessRole, host: str) -> None:
    """Blocks until a signal ends the service; a misconfiguration ends it with its sentences and exit code 2."""
    with exit_when_misconfigured():
        environ = own_environ(service)
        configure_logging(service)
        configure_tracing(service, environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
        app = _application(service, environ, role)
        port = base_port(environ)
        listens_on(host, port)
        uvicorn.run(app, host=host, port=port, **_SERVER_OPTIONS)
        stop_tracing()


def own_environ(service: str) -> Mapping[str, str]:
    """The process's own environment. Started by hand, without a mode, it is what `make up` wrote, on the usual port."""
    if "FULLHOUSE_MODE" in os.environ:
        return dict(os.environ)
    values = {**state_file(os.environ), **os.environ}
    return {**values, "PORT": str(port_of(service, base_port(values)))}


def _application(service: str, environ: Mapping[str, str], role: ProcessRole) -> Any:
    create: Callable[..., Any] = import_module(f"{service}.app").create
    return create(environ) if service == SANDBOX else create(environ, role=role)


_SERVER_OPTIONS: Final[dict[str, Any]] = {
    "loop": "uvloop",
    "http": "httptools",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_graceful_shutdown": GRACE_SECONDS,
}
