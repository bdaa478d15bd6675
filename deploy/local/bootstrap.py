"""Makes the virtual environment of this checkout, with nothing but Python 3.11 or newer and the network.

`bootstrap.py stack` installs what `make up` needs, `bootstrap.py dev` what the tests and checks need as well. What is
installed already is not touched: a stamp in the environment holds the hashes of the lock files it was made from.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
NEEDED_SPACE = {"stack": 2_000_000_000, "dev": 2_500_000_000}
NETWORK = re.compile(
    r"name or service not known|temporary failure in name resolution|failed to resolve|dns error|network is unreachable"
    r"|connection refused|timed out|could not connect|newconnectionerror|error sending request|connection reset",
    re.IGNORECASE,
)


class SetupError(Exception):
    """One sentence that says what to do."""


def main(arguments: list[str]) -> int:
    """The exit code."""
    wanted = arguments[0] if arguments else "stack"
    try:
        install(wanted)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(f"\nThe disk under {ROOT} is full: free at least 2 GB and try again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next start goes on where this one stopped.", file=sys.stderr)
        return 130
    return 0


def install(wanted: str) -> None:
    """Bring the environment to `stack` or `dev`. An environment for `dev` also serves `stack`."""
    if any(stamp(kind).exists() and stamp(kind).read_text() == fingerprint(kind) for kind in {wanted, "dev"}):
        return
    if shutil.disk_usage(ROOT).free < NEEDED_SPACE[wanted]:
        needed = NEEDED_SPACE[wanted] / 1e9
        raise SetupError(f"The disk under {ROOT} is full: free at least {needed:.1f} GB and try again.")
    kind = "dev" if stamp("dev").exists() else wanted
    print("Installing what Fullhouse needs; the first time takes a minute or two.", flush=True)
    with step("Python environment"):
        make_environment()
    with step("Installer"):
        install_uv()
    with step("Kafka's Java, PostgreSQL, gateway and libraries"):
        uv("pip", "install", "--require-hashes", "-r", str(REQUIREMENTS / f"{kind}.txt"))
    with step("Fullhouse itself"):
        uv("pip", "install", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamp(kind).write_text(fingerprint(kind))


def stamp(kind: str) -> Path:
    return VENV / f"fullhouse-{kind}.stamp"


def fingerprint(kind: str) -> str:
    """Changes with the pins, with what the editable installation was made from, with Python and with the folder."""
    parts = [(REQUIREMENTS / f"{kind}.txt").read_bytes(), (ROOT / "pyproject.toml").read_bytes()]
    return hashlib.sha256(b"\0".join([*parts, str(ROOT).encode(), sys.version.encode()])).hexdigest()


def make_environment() -> None:
    """A new one where there is none, or where the Python that it was made with has gone."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0:
        return
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False)
    if done.returncode:
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
    environ = {**os.environ, **pip_settings(), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_LINK_MODE": "copy"}
    environ.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    said = (done.stderr + done.stdout).strip()
    if "No space left" in said or "os error 28" in said:
        raise OSError(errno.ENOSPC, said)
    if NETWORK.search(said):
        raise SetupError("The packages could not be fetched: connect this machine to the network and try again.")
    raise SetupError(f"Installing failed:\n{said}")


def pip_settings() -> dict[str, str]:
    """What this machine's pip is told about mirrors and certificates, for uv, which doesn't read pip's settings."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
    }
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
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
