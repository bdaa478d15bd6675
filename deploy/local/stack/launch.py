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
    # supervisord may itself be killed: what it ran must not go on without anybody to watch it.
    dies_with_parent(signal.SIGINT if program == "postgres" else signal.SIGTERM)()
    if program in cluster.BROKERS:
        kafka.run(kafka.Broker.of(layout, environment.kafka_password(layout), cluster.number(program)))
    elif program == "postgres":
        password = environment.postgres_password(layout)
        postgres.run(postgres.Server.of(layout, password=password), layout.logs / "initdb.log")
    elif program == GATEWAY:
        trusted = environment.trusted_proxies(layout)
        gateway.run(layout, trusted_proxies=trusted, elsewhere=environment.extras(layout, program))
    else:
        command = str(Path(sysconfig.get_path("scripts")) / "fullhouse")
        environ = environment.of_process(layout, program, slot=slot)
        environ[NOTIFY_SOCKET] = str(layout.notices(program))
        os.execve(command, [command, "run", program], environ)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
