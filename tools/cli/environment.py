"""The variables a command works with: the environment, and under it what `make up` wrote to the state folder.

`STATE` (default `.local`, relative to the checkout) names the installation, as for make. A variable that is set in the
environment always counts before the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from chassis.variables import layered, read_variable
from cli.errors import UsageError
from cli.private_files import private_file

ROOT: Final = Path(__file__).resolve().parents[2]
# Kubernetes sets it in each container.
IN_A_CLUSTER: Final = "KUBERNETES_SERVICE_HOST"
DEFAULT_BASE: Final = 8000
SERVICES: Final = ("checkout", "inventory", "notifier", "monitor")
SANDBOX: Final = "sandbox"
_SANDBOX_OFFSET: Final = 90
_OF_OUR_KAFKA: Final = (
    "KAFKA_SECURITY_PROTOCOL",
    "KAFKA_SASL_MECHANISM",
    "KAFKA_SASL_USERNAME",
    "KAFKA_SASL_PASSWORD",
)
# What any program may know of its surroundings, none of it a secret.
SURROUNDINGS: Final = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE")


def status_command(root: Path = ROOT, given: Mapping[str, str] = os.environ) -> str:
    """What shows which parts run, and which don't: inside a container there is no checkout."""
    if (root / "Makefile").exists():
        return "make status"
    return "kubectl get pods" if IN_A_CLUSTER in given else "docker compose ps"


def environ() -> dict[str, str]:
    """Everything that is known, for commands of people."""
    return over(state_file(os.environ), os.environ)


def over(below: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """Both together; `above` wins. Whoever names another Kafka says how it is reached: ours has its own password."""
    if read_variable(above, "KAFKA_BOOTSTRAP_SERVERS"):
        below = {name: value for name, value in below.items() if name not in _OF_OUR_KAFKA}
    return layered(below, above)


def state_file(given: Mapping[str, str]) -> dict[str, str]:
    """The secrets and addresses that `make up` made; empty where there is no such installation."""
    path = _state_path(given)
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}. Use the account that ran `make up`.") from None
    return parse(text)


def has_state(given: Mapping[str, str]) -> bool:
    """Whether `make up` made an installation here."""
    return _state_path(given).is_file()


def keep_in_state(changes: Mapping[str, str]) -> None:
    """Writes variables into the file of `make up`, which its parts read when they start."""
    private_file(_state_path(os.environ), lines({**state_file(os.environ), **changes}))


def lines(values: Mapping[str, str]) -> str:
    """The text that `parse` reads."""
    return "".join(f"{name}={value}\n" for name, value in sorted(values.items()))


def _state_path(given: Mapping[str, str]) -> Path:
    return ROOT / given.get("STATE", ".local") / "env"


def parse(text: str) -> dict[str, str]:
    """Lines `NAME=value` in the form of .env.example; comments and empty values are left out, quotes removed."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and value.strip() and not name.startswith("#"):
            values[name.removeprefix("export ").strip()] = _unquoted(value.strip())
    return values


def need(values: Mapping[str, str], name: str, *, use: str) -> str:
    """The variable, or a sentence that says how to come by it."""
    if value := read_variable(values, name):
        return value
    raise UsageError(f"{name} is not set, and it is needed for {use}. Set it, or run `make up` on this machine first.")


def base_port(values: Mapping[str, str]) -> int:
    """The gateway's port, from which all others follow (X-1): PORT, or what `make up` wrote into PUBLIC_URL."""
    text = values.get("PORT") or str(urlsplit(values.get("PUBLIC_URL", "")).port or DEFAULT_BASE)
    if not text.isdigit():
        raise UsageError(f"PORT must be a number and is “{text}”.")
    return int(text)


def port_of(part: str, base: int) -> int:
    """Where a service or the sandbox listens."""
    return base + (_SANDBOX_OFFSET if part == SANDBOX else 1 + SERVICES.index(part))


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
