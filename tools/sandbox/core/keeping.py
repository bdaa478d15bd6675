"""Where the sandbox keeps what it knows: in memory, or in a SQLite file that outlives a kill (S-1).

A stand-in keeps its objects on shelves: plain dictionaries in memory, which costs nothing. With a file a shelf notes
which objects were handed out or put there, since only those can have changed; what has is written in one transaction
when a call or timer has done its work, for all that end together, before any answer leaves. So objects may be changed
freely between two awaits, and must be taken from their shelf again after one.

A committed transaction is in the operating system's hands: it survives the end of the process, not that of the machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from chassis.settings import SettingsError
from sandbox.core.http import dumps

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (place INTEGER PRIMARY KEY, shelf TEXT, id TEXT, body BLOB, UNIQUE (shelf, id))
"""
_WRITE = """
INSERT INTO objects (shelf, id, body) VALUES (?, ?, ?) ON CONFLICT (shelf, id) DO UPDATE SET body = excluded.body
"""
_REMOVE = "DELETE FROM objects WHERE shelf = ? AND id = ?"


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """How objects of a kind are written."""

    dump: Callable[[T], bytes]
    load: Callable[[bytes], T]


def form_of(kind: type[T]) -> Form[T]:
    """For dataclasses and what they hold."""
    adapter = TypeAdapter(kind)
    return Form(adapter.dump_json, adapter.validate_json)


RECORDS: Form[Any] = Form(dumps, json.loads)
"""What is JSON anyway."""


class Shelf(dict[str, T]):
    """Objects by id, in the order in which they came; notes those that may have changed. Its views note nothing."""

    def __init__(self, name: str, form: Form[T], rows: Iterator[tuple[str, bytes]]) -> None:
        super().__init__()
        self.name = name
        self.touched: set[str] = set()
        self._form = form
        self._written: dict[str, int] = {}
        for key, body in rows:
            super().__setitem__(key, form.load(body))
            self._written[key] = hash(body)

    def __getitem__(self, key: str) -> T:
        self.touched.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 (that is this method)

    def __setitem__(self, key: str, value: T) -> None:
        self.touched.add(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        self.touched.add(key)
        super().__delitem__(key)

    def pop(self, key: str, *default: Any) -> Any:
        self.touched.add(key)
        return super().pop(key, *default)

    def clear(self) -> None:
        self.touched.update(self)
        super().clear()

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """Each id with its new body, or None where it is gone."""
        for key in sorted(self.touched, key=lambda each: each in self._written):
            body = self._form.dump(super().__getitem__(key)) if key in self else None
            if (hash(body) if body is not None else None) != self._written.get(key):
                yield key, body

    def settled(self, changes: list[tuple[str, bytes | None]]) -> None:
        """These are in the file."""
        self.touched.clear()
        for key, body in changes:
            if body is None:
                self._written.pop(key, None)
            else:
                self._written[key] = hash(body)


class Keep:
    """In memory, and gone with the process."""

    lasting = False

    def shelf(self, _name: str, _kind: type[T] | Form[T]) -> dict[str, T]:
        return {}

    async def written(self) -> None:
        """Returns once what has been done is safe."""

    def close(self) -> None:
        """Nothing comes any more."""


class StateFile(Keep):
    """In a SQLite file, which nobody else may have open. Raises SettingsError when it can't be had."""

    lasting = True

    def __init__(self, path: Path) -> None:
        self._shelves: list[Shelf[Any]] = []
        self._writing: asyncio.Future[None] | None = None
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # secrets are in it
            self._file = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(
                f"SANDBOX_STATE_FILE can't be used ({error}). Name a file in a folder that the sandbox may write to,"
                " which no other sandbox has open; or leave it out, and nothing outlives the process."
            ) from error

    def shelf(self, name: str, kind: type[T] | Form[T]) -> dict[str, T]:
        form = kind if isinstance(kind, Form) else form_of(kind)
        rows = self._file.execute("SELECT id, body FROM objects WHERE shelf = ? ORDER BY place", (name,))
        try:
            shelf = Shelf(name, form, rows)
        except (ValueError, TypeError, KeyError) as error:
            raise SettingsError(
                f"SANDBOX_STATE_FILE holds {name} that this release can't read. Name another file, or remove this one."
            ) from error
        self._shelves.append(shelf)
        return shelf

    async def written(self) -> None:
        if not any(shelf.touched for shelf in self._shelves):
            return
        if self._writing is None:
            loop = asyncio.get_running_loop()
            self._writing = loop.create_future()
            loop.call_soon(self._write_for, self._writing)
        await asyncio.shield(self._writing)

    def close(self) -> None:
        self._write()
        self._file.close()

    def _write_for(self, waiting: asyncio.Future[None]) -> None:
        self._writing = None
        try:
            self._write()
        except Exception as error:  # noqa: BLE001 whoever waits has to know, whatever it is
            waiting.set_exception(error)
        else:
            waiting.set_result(None)

    def _write(self) -> None:
        """What doesn't get into the file stays noted, and whoever waits for it gets no answer."""
        changed = [(shelf, list(shelf.changes())) for shelf in self._shelves if shelf.touched]
        if any(changes for _, changes in changed):
            self._file.execute("BEGIN")
            with self._file:
                for shelf, changes in changed:
                    self._file.executemany(_REMOVE, [(shelf.name, key) for key, body in changes if body is None])
                    self._file.executemany(
                        _WRITE, [(shelf.name, *change) for change in changes if change[1] is not None]
                    )
        for shelf, changes in changed:
            shelf.settled(changes)


class Facts:
    """A few named values of one stand-in."""

    def __init__(self, keep: Keep, name: str) -> None:
        self._values: dict[str, Any] = keep.shelf(name, RECORDS)

    def get(self, name: str, otherwise: Callable[[], T]) -> T:
        """The value; where there is none, what `otherwise` makes, from now on."""
        if name not in self._values:
            self._values[name] = otherwise()
        value: T = self._values[name]
        return value

    def set(self, name: str, value: object) -> None:
        self._values[name] = value
