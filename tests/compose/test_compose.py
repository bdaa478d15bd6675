"""deploy/compose for real, from images to a sold ticket. Run by `make compose`: it needs a Docker Engine, and root."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from stack import images
from stack.layout import SERVICES
from stack.parts import PROGRAMS
from tests.compose.buying import VARIABLES, begin, pay, purchases, tickets
from tests.compose.installation import Composed, composed, eventually

PROCESSES = (*PROGRAMS, *(f"{name}-2" for name in SERVICES))
OF_OTHERS = ("kafka", "postgres", "gateway")
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Begins as the release before."""
    with composed(tmp_path_factory.mktemp("compose"), release="HEAD~1", variables=VARIABLES) as made:
        yield made


@pytest.mark.proves("L-10")
def test_an_update_replaces_every_process_and_no_purchase_fails(installation: Composed) -> None:
    """What was begun on the release before is paid on the one after."""
    before = {part: installation.facts(part)["Id"] for part in PROCESSES}
    status, said = begin(0)
    assert status == HTTPStatus.OK, said
    with purchases() as buyer:
        installation.update()
    changed = {part for part in PROCESSES if installation.facts(part)["Id"] != before[part]}
    # Those of others are replaced, too, where the release defines their containers anew: then buyers wait.
    assert changed - set(OF_OTHERS) == {process for service in SERVICES for process in (service, f"{service}-2")}
    assert buyer.opened > len(before)
    assert buyer.failed == []
    begun = json.loads(said)
    pay(begun["sessionId"], password=installation.secret("SANDBOX_PASSWORD"))
    eventually(lambda: tickets(begun["orderId"], begun["orderToken"]) == 1)


def test_all_parts_are_healthy_and_a_ticket_is_sold(installation: Composed) -> None:
    assert set(installation.running()) == {*PROCESSES, "network"}
    assert "All of it after" in installation.sell()


@pytest.mark.proves("O-9")
def test_nobody_else_reads_the_secrets_and_the_engine_shows_none(installation: Composed) -> None:
    files = [installation.folder / ".env", *(installation.folder / "secrets").iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    contents = {file.name: file.read_text().strip() for file in files[1:]}
    for part in PROCESSES:
        shown = json.dumps(installation.facts(part))
        assert [name for name, content in contents.items() if content and content in shown] == [], part


@pytest.mark.parametrize("part", PROCESSES)
def test_each_container_has_no_rights_and_limits(installation: Composed, part: str) -> None:
    facts = installation.facts(part)
    host = facts["HostConfig"]
    assert facts["Config"]["User"] not in {"", "0", "root", "0:0"}
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["Privileged"]) == (True, ["ALL"], False)
    assert host["CapAdd"] in (None, []) or part == "gateway"
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0


def test_what_runs_is_exactly_the_image_that_was_pinned(installation: Composed) -> None:
    pinned = images.names(installation.folder.parent / "images" / "images.yaml")
    for part in OF_OTHERS:
        assert "sha256:" in pinned[part]
        assert installation.facts(part)["Config"]["Image"] == pinned[part]


def test_a_part_that_dies_comes_back_and_the_next_ticket_is_sold(installation: Composed) -> None:
    for part in PROCESSES:
        installation.crash(part)
        installation.wait_healthy(part, restarts=1)
    assert "All of it after" in installation.sell()


def test_a_backup_comes_back_as_its_playbook_says(installation: Composed) -> None:
    known = installation.orders()
    made = json.loads(installation.compose("run", "--rm", "-T", "backup", "create", "--json"))
    installation.services("stop")
    installation.compose("run", "--rm", "-T", "backup", "restore", made["name"], "--yes")
    installation.services("start")
    assert installation.orders() == known > 0
    installation.start()
    assert "All of it after" in installation.sell()


def test_what_was_sold_is_there_after_a_stop_and_a_start(installation: Composed) -> None:
    known = installation.orders()
    installation.compose("down")
    installation.start()
    assert installation.orders() == known > 0
    assert "All of it after" in installation.sell()
