"""Makes the virtual environment of this checkout, with nothing but Python 3.11 or newer and the network.

`bootstrap.py stack` installs what the stack needs, `bootstrap.py dev` what the tests and checks need as well;
`bootstrap.py up` first looks whether there is room for a start, so that nobody waits for an installation to hear of a
taken port. What is installed already is not touched: a stamp in the environment holds the hashes of the lock files it
was made from. It is taken away before anything is changed, and an environment without one is made anew: an installation
that was interrupted leaves nothing that looks finished.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
OLDEST = (3, 11)
KINDS = ("stack", "dev")
REACHED_SECONDS = 10
NEEDED_SPACE = {"stack": 2_000_000_000, "dev": 2_500_000_000}
NETWORK = re.compile(
    r"name or service not known|temporary failure in name resolution|failed to resolve|dns error|network is unreachable"
    r"|connection refused|timed out|could not connect|newconnectionerror|error sending request|connection reset",
    re.IGNORECASE,
)
# As pip and uv name the host that they could not reach.
ADDRESS = re.compile(r"(https?://[^\s()'\",]+)|host='([^']+)'")


class SetupError(Exception):
    """One sentence that says what to do."""


def main(arguments: list[str]) -> int:
    """The exit code."""
    wanted = arguments[0] if arguments else "stack"
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has no ✓ shows another sign
    try:
        check_python()
        if wanted == "up":
            look_at_the_ground()
        install("stack" if wanted == "up" else wanted)
    except (SetupError, OSError) as error:
        print(f"\n{error if isinstance(error, SetupError) else sentence(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next start begins the installation again.", file=sys.stderr)
        return 130
    return 0


def sentence(error: OSError) -> str:
    """What to do about a file that could not be read or written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk under {ROOT} is full: free at least 2 GB and try again."
    where = error.filename or ROOT
    return f"{where} can't be used ({error.strerror or error}): mend that, or clone into another folder, and try again."


def check_python() -> None:
    """The Makefile finds one that is new enough; a person may have called this file with another."""
    if sys.version_info < OLDEST:
        raise SetupError("Fullhouse needs Python 3.11 or newer: install it, and call make with PYTHON=….")


def look_at_the_ground() -> None:
    """Whether the stack could be started at all. What is imported here needs no package."""
    sys.path[:0] = [str(ROOT / folder) for folder in ("libs", "tools", "deploy/local")]
    from chassis.errors import Misconfigured
    from cli.errors import CommandError
    from stack import ground
    from stack.errors import StackError
    from stack.layout import Layout

    try:
        ground.check(Layout.from_environment(os.environ), os.environ)
    except (StackError, CommandError, Misconfigured) as error:
        raise SetupError(str(error)) from None


def install(wanted: str) -> None:
    """Bring the environment to `stack` or `dev`. An environment for `dev` also serves `stack`."""
    if finished(wanted):
        return
    with alone():
        if not finished(wanted):
            install_alone("dev" if stamp("dev").exists() else wanted)


def finished(wanted: str) -> bool:
    return any(stamp(kind).exists() and stamp(kind).read_text() == fingerprint(kind) for kind in {wanted, "dev"})


def install_alone(kind: str) -> None:
    """All steps; the stamps go before the first and the new one comes after the last."""
    if shutil.disk_usage(ROOT).free < NEEDED_SPACE[kind]:
        needed = NEEDED_SPACE[kind] / 1e9
        raise SetupError(f"The disk under {ROOT} is full: free at least {needed:.1f} GB and try again.")
    check_network()
    usable = any(stamp(each).exists() for each in KINDS)
    for each in KINDS:
        stamp(each).unlink(missing_ok=True)
    print("Installing what Fullhouse needs; the first time takes a minute or two.", flush=True)
    with step("Python environment"):
        make_environment(usable=usable)
    with step("Installer"):
        install_uv()
    with step("Kafka's Java, PostgreSQL, gateway and libraries"):
        uv("pip", "install", "--require-hashes", "-r", str(REQUIREMENTS / f"{kind}.txt"))
    with step("Fullhouse itself"):
        uv("pip", "install", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    put_stamp(kind)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One installation of this checkout at a time.

    The programs that it calls are handed the lock: what a killed one has left running ends before the next begins.
    """
    place = ROOT / ".local" / "install.lock"
    place.parent.mkdir(mode=0o700, exist_ok=True)
    with place.open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another installation is at work in this folder: waiting for its end.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def stamp(kind: str) -> Path:
    return VENV / f"fullhouse-{kind}.stamp"


def fingerprint(kind: str) -> str:
    """Changes with the pins, with what the editable installation was made from, with Python and with the folder."""
    parts = [(REQUIREMENTS / f"{kind}.txt").read_bytes(), (ROOT / "pyproject.toml").read_bytes()]
    return hashlib.sha256(b"\0".join([*parts, os.fsencode(ROOT), sys.version.encode()])).hexdigest()


def put_stamp(kind: str) -> None:
    """Written beside and moved into place: there whole, or not at all."""
    fresh = stamp(kind).with_suffix(".new")
    fresh.write_text(fingerprint(kind))
    fresh.replace(stamp(kind))


def make_environment(*, usable: bool) -> None:
    """A new one, unless there is one that was finished and whose Python is still there."""
    if usable and PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0:
        return
    said = called([sys.executable, "-m", "venv", "--clear", VENV])
    if said is not None:
        raise_when_full(said)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"Python's venv module is incomplete: install it (on Debian and Ubuntu: apt install python{version}-venv)"
            " and try again."
        )


def install_uv() -> None:
    """The installer, at the version and with the hashes of requirements/dev.txt."""
    pins = re.search(r"^uv==.*(?:\n .*)*", (REQUIREMENTS / "dev.txt").read_text(), re.MULTILINE)
    if pins is None:
        raise SetupError("requirements/dev.txt names no uv: run make pins.")
    with tempfile.TemporaryDirectory() as temporary:
        wanted = Path(temporary) / "uv.txt"
        wanted.write_text(pins.group())
        run([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", wanted])


def uv(*arguments: str) -> None:
    run([PYTHON, "-m", "uv", "--quiet", *arguments, "--python", PYTHON])


def run(command: list[str | Path]) -> None:
    """Run to the end; turn what went wrong into a sentence."""
    said = called(command, {**pip_settings(), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_LINK_MODE": "copy"})
    if said is None:
        return
    raise_when_full(said)
    if NETWORK.search(said):
        raise SetupError(unreachable(said))
    raise SetupError(f"Installing failed:\n{said}")


def called(command: list[str | Path], more: dict[str, str] | None = None) -> str | None:
    """What the program said when it failed; None when it did not. It inherits the lock."""
    environ = {**os.environ, **(more or {})}
    environ.pop("VIRTUAL_ENV", None)
    done = subprocess.run(
        command, env=environ, cwd=ROOT, capture_output=True, text=True, errors="replace", close_fds=False, check=False
    )
    return None if done.returncode == 0 else (done.stderr + done.stdout).strip()


def raise_when_full(said: str) -> None:
    if "No space left" in said or "os error 28" in said:
        raise OSError(errno.ENOSPC, said)


def unreachable(said: str) -> str:
    """With the host that was asked, and never with the password that may stand before it."""
    found = ADDRESS.search(said)
    place = "" if found is None else found[2] or urlsplit(found[1]).netloc.rpartition("@")[2]
    where = f" from {place}" if place else ""
    return (
        f"The packages could not be fetched{where}: connect this machine to the network, or name a mirror of yours "
        "(pip config set global.index-url …), and try again."
    )


def check_network() -> None:
    """Ask the packages' index for a sign of life before anything is changed, where it is known which one that is."""
    index = index_url()
    if index is None:
        return
    try:
        with urllib.request.urlopen(f"{index.rstrip('/')}/uv/", timeout=REACHED_SECONDS):  # noqa: S310
            return
    except urllib.error.HTTPError:
        return  # it has answered; what it wants is pip's affair
    except OSError as error:
        reason = getattr(error, "reason", error)
        if NETWORK.search(str(reason)) or isinstance(reason, TimeoutError):
            raise SetupError(unreachable(index)) from None


def index_url() -> str | None:
    """The one that pip is told to ask; None where it is told none, or needs none. Its own is named by it alone."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, errors="replace", check=False
    )
    settings = dict(re.findall(r"^[^\n]*\.([a-z-]+)='(.*)'$", listed.stdout, re.MULTILINE))
    if listed.returncode or {"no-index", "proxy"} & settings.keys():
        return None
    return settings.get("index-url")


def pip_settings() -> dict[str, str]:
    """What this machine's pip is told about mirrors and certificates, for uv, which doesn't read pip's settings."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
    }
    command: list[str | Path] = [PYTHON, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False).stdout
    pairs = re.findall(r"^[^.\n]*\.([a-z-]+)='(.*)'$", listed, re.MULTILINE)
    found = {names[key]: value for key, value in pairs if key in names and name_is_free(names[key])}
    links = found.get("UV_FIND_LINKS", "")
    if links and "://" not in links and not Path(links).exists():
        del found["UV_FIND_LINKS"]
    return found


def name_is_free(name: str) -> bool:
    """What is set for uv itself counts more."""
    return not os.environ.get(name)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Show the step, and how long it took."""
    began = time.monotonic()
    if sys.stdout.isatty():
        print(f"  … {title}", end="", flush=True)
    yield
    lead = "\r" if sys.stdout.isatty() else ""
    print(f"{lead}  ✓ {title:<46}{time.monotonic() - began:6.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
