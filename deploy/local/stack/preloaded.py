"""What services are made of, imported once, by supervisord: each process of a service is a fork of it.

Importing is most of what a start costs. A part of supervisord by its own extension point (`rpcinterface`).
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO

from setproctitle import getproctitle, setproctitle

from stack import launch
from stack.layout import ROOT, Layout

# Of what a process imports or reads while it imports.
_FOLDERS: Final = ("libs", "services", "tools", "deploy/local")
_STAMPS: Final = "fullhouse-*.stamp"
_FIRST_USED: Final = ("cli.main", "cli.serving")

Execute = Callable[[str, Sequence[str], Mapping[str, str]], None]


class Preloaded:
    """Stands in for supervisord's `execve`: in the fork that is to become a process, runs a service or executes."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._parts: frozenset[str] = frozenset()
        self._made_of = _sources()
        getproctitle()  # it finds the place where titles are written only as long as the environment is the first one

    def load(self, parts: Sequence[str]) -> bool:
        """Imports these parts; False where they can't be, or start threads: then each of their processes does it."""
        if self._made_of != _sources():
            return False
        gc.disable()
        try:
            for module in (*_FIRST_USED, *(f"{part}.app" for part in parts)):
                import_module(module)
        except Exception:  # noqa: BLE001 whatever it is, the part's own process says it in its own log
            return False
        finally:
            gc.enable()
        if threading.active_count() > 1:
            return False
        gc.freeze()
        self._parts |= set(parts)
        return True

    def __call__(self, filename: str, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
        part, slot = arguments[-2:]
        if part in self._parts and self._made_of == _sources():
            _become(part, int(slot), environ)
        self._execute(filename, arguments, environ)


class Interface:
    """Calls that supervisord takes under `preloaded`."""

    def __init__(self, preloaded: Preloaded) -> None:
        self._preloaded = preloaded

    def load(self, parts: Sequence[str]) -> bool:
        """Imports parts, as Preloaded.load; nothing else is done meanwhile."""
        return self._preloaded.load(parts)


def make_interface(supervisord: Any, **_: str) -> Interface:
    """For supervisord's configuration."""
    preloaded = Preloaded(supervisord.options.execve)
    supervisord.options.execve = preloaded
    return Interface(preloaded)


def _sources() -> tuple[int, int]:
    """How many files there are of what is imported, and when the newest was written: another code, another pair."""
    files = list(Path(sys.prefix).glob(_STAMPS))
    for folder in _FOLDERS:
        for at, within, names in os.walk(ROOT / folder):
            within[:] = [name for name in within if name != "__pycache__"]
            files += [Path(at, name) for name in names]
    return len(files), max(path.stat().st_mtime_ns for path in files)


def _become(part: str, slot: int, environ: Mapping[str, str]) -> NoReturn:
    """Does what executing the program would do; what a new process doesn't have of supervisord's is put back."""
    code = 1
    try:
        _forget_signals()
        os.environ.clear()
        os.environ.update(environ)
        layout = Layout.from_environment(os.environ)
        launch.end_with_supervisor()
        command, own = launch.service(layout, part, slot)
        os.environ.clear()
        os.environ.update(own)
        time.tzset()
        sys.stdout, sys.stderr = _unbuffered(1), _unbuffered(2)
        setproctitle(" ".join(command))
        sys.argv = command
        sys.modules["cli.main"].main()
        code = 0
    except SystemExit as ended:
        code = _exit_code(ended)
    except BaseException:  # noqa: BLE001 supervisord's own frames must not go on
        traceback.print_exc()
    finally:
        _end(code)


def _forget_signals() -> None:
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def _unbuffered(number: int) -> TextIO:
    """Writes to what the descriptor is now; supervisord's own stream still takes it for a file."""
    return TextIOWrapper(open(number, "wb", buffering=0, closefd=False), write_through=True)


def _exit_code(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    print(ended.code, file=sys.stderr)
    return 1


def _end(code: int) -> NoReturn:
    """As the interpreter ends, but without supervisord's frames."""
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 there is no other way to wait for threads
    atexit._run_exitfuncs()  # noqa: SLF001
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
