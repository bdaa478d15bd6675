"""`python -m stack COMMAND`: what the Makefile calls."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

from chassis.errors import Misconfigured
from cli.errors import CommandError, said_of_files
from cli.output import any_sign
from stack import environment, jars, kafka, parts
from stack.console import step, table
from stack.control import Installation
from stack.errors import StackError
from stack.layout import LOOPBACK, ROOT, SERVICES, Layout
from stack.parts import ALL_PROGRAMS, log_files


def main() -> int:
    """The exit code; anything that went wrong is one sentence."""
    any_sign()
    parser = argparse.ArgumentParser(prog="stack", description="The embedded stack of one installation.")
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("--no-demo", action="store_true", help="up: sell no demonstration ticket")
    parser.add_argument(
        "program", nargs="?", choices=ALL_PROGRAMS, help="logs, stop, start: of this part only; restart: which"
    )
    arguments = parser.parse_args()
    try:
        installation = Installation(Layout.from_environment(os.environ), os.environ)
        return COMMANDS[arguments.command](installation, arguments)
    except (StackError, CommandError, Misconfigured) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{said_of_files(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. What has been started is still running: make down stops it.", file=sys.stderr)
        return 130


def up(installation: Installation, arguments: argparse.Namespace) -> int:
    """Start everything, sell a ticket in the sandbox where there is one, and say where to click."""
    began = time.monotonic()
    print("Fullhouse is starting.")
    if os.geteuid() == 0:
        print("Its services have root's rights, as you do: files that only root can read may be their secrets.")
        print("Better is an account of its own.")
    installation.up()
    played = parts.sandboxed(installation.layout, installation.environ)
    code = demo(installation, arguments) if played and not arguments.no_demo else 0
    show_addresses(installation.layout, time.monotonic() - began, played=played)
    return code


def install(_installation: Installation, _arguments: argparse.Namespace) -> int:
    """Fetch and build what is needed once, and start nothing."""
    kafka.install(step=step)
    return 0


def demo(installation: Installation, _arguments: argparse.Namespace) -> int:
    """The demonstration sale, with its trail."""
    if not installation.running():
        raise StackError("Nothing is running: make up starts it.")
    program = Path(sysconfig.get_path("scripts")) / "fullhouse"
    return subprocess.run([program, "demo"], env=environment.of_operator(installation.layout), check=False).returncode


def show_addresses(layout: Layout, seconds: float, *, played: bool) -> None:
    """`played`: whether there is a sandbox."""
    gateway, sandbox = (f"http://{LOOPBACK}:{port}" for port in (layout.ports.gateway, layout.ports.sandbox))
    print(f"\nFullhouse is up ({seconds:.1f} s).\n")
    table(
        [
            ("Buy a ticket", f"{gateway}/register"),
            *([("Phone, inbox and control of the sandbox", sandbox)] if played else []),
            (
                "Sign in",
                f"{gateway}/login as {environment.ADMIN_EMAIL} with ADMIN_PASSWORD of {shown(layout.env_file)}",
            ),
            ("Watch it work", f"{gateway}/operations"),
            ("Health", f"{gateway}/api/health"),
            *([("Kafka", f"{layout.brokers} brokers; every record is on three")] if layout.brokers > 1 else []),
        ]
    )
    print("\n  make status, make logs, make demo, make down")


def down(installation: Installation, _arguments: argparse.Namespace) -> int:
    """Stop everything; the state stays."""
    if not installation.supervisor.running():
        print("Nothing is running.")
        return 0
    with step("Stopped"):
        installation.down()
    return 0


def restart(installation: Installation, arguments: argparse.Namespace) -> int:
    """A new process of one part, with what the environment file says now."""
    _require_running(installation)
    if arguments.program is None:
        raise StackError("Say which part: make restart SERVICE=notifier. make status lists them.")
    with step(f"Restarted {arguments.program}"):
        installation.restart(arguments.program)
    return 0


def stop(installation: Installation, arguments: argparse.Namespace) -> int:
    """Stop the services, or one part; what isn't named goes on."""
    return _each(installation, arguments, "Stopped", installation.stop)


def start(installation: Installation, arguments: argparse.Namespace) -> int:
    """Start the services again, or one part."""
    return _each(installation, arguments, "Started", installation.start)


def _each(installation: Installation, arguments: argparse.Namespace, done: str, act: Callable[..., None]) -> int:
    _require_running(installation)
    names = [arguments.program] if arguments.program else list(SERVICES)
    with step(f"{done} {', '.join(names)}"):
        act(*names)
    return 0


def _require_running(installation: Installation) -> None:
    if not installation.running():
        raise StackError("Nothing is running: make up starts it.")


def status(installation: Installation, _arguments: argparse.Namespace) -> int:
    """What runs; exit code 1 when something doesn't."""
    if not installation.running():
        print("Nothing is running: make up starts it.")
        return 1
    rows, all_ready = [("part", "state", "ready", "pid", "up", "port")], True
    ports = installation.layout.ports.named()
    for program in installation.supervisor.programs():
        ready = installation.readiness(program.name)()
        all_ready = all_ready and ready
        age = f"{int(time.time()) - program.since} s" if program.pid else "-"
        word = "yes" if ready else "no"
        pid = str(program.pid or "-")
        rows.append((program.name, program.state.lower(), word, pid, age, str(ports[program.name])))
    table(rows)
    return 0 if all_ready else 1


def logs(installation: Installation, arguments: argparse.Namespace) -> int:
    """Follow the logs of all parts, or of one."""
    names = [arguments.program] if arguments.program else ALL_PROGRAMS
    files = [path for name in names for path in log_files(installation.layout, name)]
    if not files:
        raise StackError(f"There are no logs in {shown(installation.layout.logs)} yet: make up starts the parts.")
    return subprocess.run(["tail", "-n", "40", "-F", *files], check=False).returncode  # noqa: S607


def clean(installation: Installation, _arguments: argparse.Namespace) -> int:
    """Stop everything and remove its state."""
    with step(f"Removed {shown(installation.layout.state)}"):
        installation.clean()
    return 0


def example(_installation: Installation, _arguments: argparse.Namespace) -> int:
    """Write what is made from code: .env.example, docs/configuration.md, deploy/kafka/topics.yaml, and the variables of
    deploy/kubernetes.
    """
    from config.topics import topics_text
    from stack import kubernetes, reference

    (ROOT / ".env.example").write_text(reference.example())
    (ROOT / "docs" / "configuration.md").write_text(reference.page())
    (ROOT / "deploy" / "kafka" / "topics.yaml").write_text(topics_text())
    for pods in (*SERVICES, kubernetes.TOOLS):
        (kubernetes.VARIABLES / f"{pods}.yaml").write_text(kubernetes.patch(pods))
    return 0


def lock_jars(_installation: Installation, _arguments: argparse.Namespace) -> int:
    """Resolve Kafka's jars afresh and write their sums down."""
    with step(f"Wrote {shown(jars.LOCK)}"):
        jars.write_lock()
    return 0


def shown(path: Path) -> str:
    return os.path.relpath(path)


COMMANDS: dict[str, Callable[[Installation, argparse.Namespace], int]] = {
    "install": install,
    "up": up,
    "demo": demo,
    "down": down,
    "restart": restart,
    "stop": stop,
    "start": start,
    "status": status,
    "logs": logs,
    "clean": clean,
    "example": example,
    "lock-jars": lock_jars,
}

if __name__ == "__main__":
    sys.exit(main())
