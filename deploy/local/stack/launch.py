"""`python -m stack.launch PART SLOT`: become one part of the stack, with its own environment only.

supervisord runs this; STATE and PORT say which installation.
"""

from __future__ import annotations

import os
import signal
import sys
import sysconfig
from pathlib import Path

from chassis.notices import NOTIFY_SOCKET
from stack import cluster, environment, gateway, kafka, postgres
from stack.layout import GATEWAY, Layout
from stack.processes import dies_with_parent


def main(program: str, slot: int) -> None:
    """Never returns."""
    layout = Layout.from_environment(os.environ)
    end_with_supervisor(signal.SIGINT if program == "postgres" else signal.SIGTERM)
    if program in cluster.BROKERS:
        kafka.run(kafka.Broker.of(layout, environment.kafka_password(layout), cluster.number(program)))
    elif program == "postgres":
        password = environment.postgres_password(layout)
        postgres.run(postgres.Server.of(layout, password=password), layout.logs / "initdb.log")
    elif program == GATEWAY:
        trusted = environment.trusted_proxies(layout)
        gateway.run(layout, trusted_proxies=trusted, elsewhere=environment.extras(layout, program))
    else:
        command, environ = service(layout, program, slot)
        os.execve(command[0], command, environ)  # noqa: S606 - no shell is wanted


def end_with_supervisor(number: signal.Signals = signal.SIGTERM) -> None:
    """Asks the kernel to end this process with supervisord, which may be killed: nobody would watch it any more."""
    dies_with_parent(number)()


def service(layout: Layout, program: str, slot: int) -> tuple[list[str], dict[str, str]]:
    """The command line of a service or the sandbox, and all of its environment."""
    command = str(Path(sysconfig.get_path("scripts")) / "fullhouse")
    environ = environment.of_process(layout, program, slot=slot)
    environ[NOTIFY_SOCKET] = str(layout.notices(program))
    return [command, "run", program], environ


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
