"""A rotation that is killed anywhere goes on, and at no moment does a service use what another one refuses.

What a service does at its start with its values is the real code, on real databases; only the process around it is left
out, so that every point of a rotation can be tried. `tests/chaos/test_operation.py` rotates with real ones.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from chassis import last_start, secret_uses
from chassis.database import Database
from chassis.encryption import NotReadableError, Sealed, Vault
from chassis.keys import PublicKeys, SigningKey
from chassis.variables import comma_list
from cli.environment import state_file
from cli.rotation.carrying import Rotation
from cli.rotation.domain import kinds
from cli.rotation.standing import readers
from cli.settings import host_settings_of
from cli.steps import carry_out
from stack import environment
from stack.layout import SERVICES, Layout, Ports
from tests.fixtures.postgres import MakeDatabase

pytestmark = pytest.mark.proves("O-9")

KINDS = tuple(kinds().values())
# Points to be killed at: a few that the seed draws.
TRIED = 2


class Killed(BaseException):
    """As SIGKILL: nothing of the rotation is done any more."""


@dataclass(slots=True)
class Services:
    """The values with which each of the services runs, and how many restarts a rotation may do before it is killed.

    kept: what checkout's database has encrypted
    """

    running: dict[str, dict[str, str]] = field(default_factory=dict)
    begun: int = 0
    killed_at: int | None = None
    kept: Sealed | None = None

    def restart(self, service: str) -> None:
        """What a start does with its values; killed either before or right after it."""
        self._pass()
        self.start(service)
        self._pass()

    def start(self, service: str) -> None:
        values = state_file(os.environ)
        asyncio.run(remember(service, values))
        self.running[service] = values
        self.require_understanding()

    def require_understanding(self) -> None:
        """Each believes what any other signs now."""
        if self.running.keys() != set(SERVICES):
            return
        assert self.kept is None or self.vault().open(self.kept, about=ABOUT) == SECRET
        keys = [comma_list(values["SERVICE_TOKEN_KEY"]) for values in self.running.values()]
        assert all(one[0] in other for one in keys for other in keys)
        for signer, private, public in (("monitor", "AUTH_SIGNING_KEY", "AUTH_PUBLIC_KEYS"), TICKETS):
            used, *_ = SigningKey.parse_all(self.running[signer][private])
            for service in readers([public]):
                assert PublicKeys.parse(self.running[service][public]).get(used.key_id) is not None

    def vault(self) -> Vault:
        return Vault([SecretStr(key) for key in comma_list(self.running["checkout"]["ENCRYPTION_KEY"])])

    def encrypt_anew(self, _known: Mapping[str, str]) -> int:
        """What checkout does when it is asked to; killed before or right after it."""
        self._pass()
        vault = self.vault()
        anew = self.kept is None or self.kept.key_id != vault.key_id
        if anew:
            plain = vault.open(self.kept, about=ABOUT) if self.kept else SECRET
            self.kept = vault.seal(plain, about=ABOUT)
        self._pass()
        return int(anew)

    def _pass(self) -> None:
        self.begun += 1
        if self.begun == self.killed_at:
            raise Killed


TICKETS = ("checkout", "TICKET_SIGNING_KEY", "TICKET_PUBLIC_KEYS")
ABOUT, SECRET = "connection 7", b"what a provider has pasted"


async def remember(service: str, values: dict[str, str]) -> None:
    settings = host_settings_of(service, values)
    database = await Database.connect(settings.database_url.get_secret_value(), application="tests", pool_size=1)
    try:
        await last_start.keep(database, settings, now=datetime.now(UTC))
        await secret_uses.keep(database, settings, now=datetime.now(UTC))
    finally:
        await database.close()


@pytest.fixture
def services(tmp_path: Path, make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    layout = Layout(state=tmp_path / "state", ports=Ports(8400))
    layout.prepare()
    urls = {f"DATABASE_URL_{service.upper()}": make_database(service) for service in SERVICES}
    environment.write(layout.env_file, {**environment.made(layout), **urls})
    monkeypatch.setenv("STATE", str(layout.state))
    found = Services()
    for service in SERVICES:
        found.start(service)
    found.encrypt_anew({})
    yield found
    shutil.rmtree(layout.run)


def rotate(services: Services, *, killed_at: int | None = None) -> int:
    """How many points were passed."""
    services.begun, services.killed_at = 0, killed_at
    steps = Rotation(kinds=KINDS, at_once=True, restart=services.restart, encrypt_anew=services.encrypt_anew).steps()
    carry_out(steps, again="", quiet=True)
    return services.begun


def used() -> list[str]:
    """The value of each secret that is used."""
    return [comma_list(state_file(os.environ)[kind.name])[0] for kind in KINDS]


def test_it_goes_on_wherever_it_was_killed(services: Services) -> None:
    """All three at a time: each is at another stage when a service restarts."""
    seed = int(os.environ.get("ROTATION_SEED") or random.randrange(10**6))
    print(f"ROTATION_SEED={seed}")
    seen = {*used()}
    points = rotate(services)
    for killed_at in random.Random(seed).sample(range(1, points + 1), TRIED):
        seen.update(used())
        exposed = services.vault()
        with suppress(Killed):
            rotate(services, killed_at=killed_at)
        rotate(services)
        assert not seen & {*used()}
        assert services.kept is not None
        with pytest.raises(NotReadableError):
            exposed.open(services.kept, about=ABOUT)
        written = state_file(os.environ)
        for kind in KINDS:
            assert (len(comma_list(written[kind.name])) > 1) == (kind.drops_after is None)
            for name in kind.variables:
                assert {services.running[service][name] for service in readers([name])} == {written[name]}
