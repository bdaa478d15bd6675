"""What can go wrong while the stack is installed or started, as sentences for the person at the keyboard."""

from __future__ import annotations

from pathlib import Path


class StackError(Exception):
    """One sentence that says what is wrong and what to do; shown without a traceback."""


class PortTakenError(StackError):
    """Another process listens where the stack wants to."""

    def __init__(self, port: int, part: str, base: int) -> None:
        super().__init__(
            f"Port {port} ({part}) is already in use: stop what listens there, or choose other ports, "
            f"for example: PORT={base + 200} STATE=.local2 make up"
        )
        self.port = port


class OtherPortError(StackError):
    """The state folder's installation runs, and at other ports than asked for."""

    def __init__(self, own: int, asked: int, state: Path) -> None:
        super().__init__(
            f"The installation in {state} runs with PORT={own}, not {asked}: leave PORT away to use it, call make down "
            f"before it moves, or start another one beside it, for example: PORT={asked} STATE=.local2 make up"
        )


class PartFailedError(StackError):
    """A part of the stack ended, or did not answer in time; the end of its log is the best hint."""

    def __init__(self, part: str, log: Path, lines: int = 12) -> None:
        tail = log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
        hint = "".join(f"\n  {line}" for line in tail)
        super().__init__(f"{part} did not start; its log is {log}:{hint}")
