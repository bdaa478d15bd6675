"""Commands that act on a real database and a real broker."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from subprocess import CompletedProcess
from typing import Any

import pytest

from chassis.ids import uuid7
from eventbus import KafkaConnection, Tail
from eventbus.cluster.topics import create_topics, delete_topics
from eventbus.outgoing.producer import RecordProducer
from events import Envelope, SecuritySignInFailed, StockSoldOut, Topic, event_json
from events.base import Event
from stack import databases
from tests.fixtures import command_line
from tests.fixtures.kafka import in_own_loop, kafka_at, kafka_variables
from tests.fixtures.postgres import MakeDatabase, on_database

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def fullhouse(*arguments: str, typed: str = "", **environ: str) -> CompletedProcess[str]:
    return command_line.without_installation(*arguments, typed=typed, **{"FULLHOUSE_MODE": "sandbox", **environ})


def answer(done: CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def prefix(kafka: str) -> Iterator[str]:
    """Of topics that don't exist yet."""
    made = f"c{secrets.token_hex(4)}."
    yield made
    in_own_loop(delete_topics(kafka_at(kafka, prefix=made)))


def test_migrate_brings_a_database_to_the_newest_version_once(postgres: str, make_database: MakeDatabase) -> None:
    name = f"t{secrets.token_hex(6)}"
    databases.sql(postgres, f"CREATE DATABASE {name} OWNER monitor")
    url = on_database(make_database("monitor"), name)
    try:
        with ThreadPoolExecutor() as beside:
            waits = beside.submit(fullhouse, "migrate", "monitor", "--wait", DATABASE_URL=url)
            first = answer(fullhouse("migrate", "monitor", "--json", DATABASE_URL=url))
            waited = waits.result()
        again = answer(fullhouse("migrate", "monitor", "--json", DATABASE_URL_MONITOR=url))
        databases.sql(url, "INSERT INTO schema_migrations VALUES ('9999')")
        back = answer(fullhouse("migrate", "monitor", "--wait", "--json", DATABASE_URL=url))
    finally:
        databases.sql(postgres, f"DROP DATABASE {name} WITH (FORCE)")
    assert any(version.startswith("0001") for version in first["applied"]["monitor"])
    assert any(version.startswith("0100") for version in first["applied"]["monitor"])
    assert again["applied"] == {"monitor": []}
    assert back["applied"] == {"monitor": []}, "what a newer release has added is in nobody's way"
    assert (waited.returncode, waited.stdout) == (0, "monitor: already newest\n"), "who waits applies nothing"


def test_a_database_that_is_away_is_a_sentence(make_database: MakeDatabase) -> None:
    url = on_database(make_database("monitor"), "nowhere")
    done = fullhouse("users", "list", DATABASE_URL_MONITOR=url)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.proves("C-12")
def test_users_are_added_with_a_password_made_or_read(make_database: MakeDatabase) -> None:
    url = make_database("monitor")
    made = answer(
        fullhouse("users", "add", "Pat@Example.com", "--role", "operator", "--json", DATABASE_URL_MONITOR=url)
    )
    read = fullhouse(
        "users", "add", "ann@example.com", "--role", "admin", "--password-stdin", "--json",
        typed="correct horse battery\n", DATABASE_URL_MONITOR=url,
    )  # fmt: skip
    listed = answer(fullhouse("users", "list", "--json", DATABASE_URL_MONITOR=url))
    assert made["email"] == "pat@example.com"
    assert len(made["password"]) >= 12
    assert "password" not in answer(read)
    assert [(user["email"], user["role"]) for user in listed["users"]] == [
        ("ann@example.com", "admin"),
        ("pat@example.com", "operator"),
    ]
    assert "correct horse" not in databases.sql(url, "SELECT password_hash FROM users")


def test_a_user_who_exists_is_changed_only_when_told_so(make_database: MakeDatabase) -> None:
    url = make_database("monitor")
    add = ("users", "add", "pat@example.com", "--role", "viewer")
    answer(fullhouse(*add, "--json", DATABASE_URL_MONITOR=url))
    again = fullhouse(*add, DATABASE_URL_MONITOR=url)
    short = fullhouse(*add, "--replace", "--password-stdin", typed="short\n", DATABASE_URL_MONITOR=url)
    kept = answer(fullhouse(*add, "--if-missing", "--json", DATABASE_URL_MONITOR=url))
    replaced = answer(fullhouse(*add[:-1], "admin", "--replace", "--json", DATABASE_URL_MONITOR=url))
    assert (again.returncode, short.returncode) == (2, 2)
    assert "--replace" in again.stderr
    assert "12 to 256" in short.stderr
    assert kept["added"] is False
    assert replaced["role"] == "admin"


@pytest.mark.proves("C-12")
def test_access_is_ended_given_back_and_changed(make_database: MakeDatabase) -> None:
    url = make_database("monitor")

    def users(*arguments: str) -> CompletedProcess[str]:
        return fullhouse("users", *arguments, DATABASE_URL_MONITOR=url)

    for email, role in (("pat@example.com", "viewer"), ("ann@example.com", "admin")):
        answer(users("add", email, "--role", role, "--json"))
    pat = {"email": "pat@example.com"}
    assert answer(users("disable", "Pat@example.com", "--json")) == {**pat, "changed": True, "disabled": True}
    assert "was disabled before" in users("disable", "pat@example.com").stdout
    assert [user["disabled"] for user in answer(users("list", "--json"))["users"]] == [False, True]
    assert answer(users("enable", "pat@example.com", "--json")) == {**pat, "changed": True, "disabled": False}
    changed = users("role", "pat@example.com", "operator")
    assert changed.stdout == "pat@example.com has the role operator now, and must sign in again.\n"
    for refused, sentence in (
        (users("disable", "nobody@example.com"), "nobody@example.com is no user"),
        (users("disable", "nobody"), "not an email address"),
        (users("role", "ann@example.com", "viewer"), "the only admin"),
        (users("role", "pat@example.com", "provider"), "belong together"),
    ):
        assert (refused.returncode, refused.stdout) == (2, "")
        assert sentence in refused.stderr
    told = databases.sql(url, "SELECT convert_from(value, 'UTF8')::json->>'cause' FROM outbox ORDER BY 1")
    assert told.split() == ["disabled", "role_changed"]


def sold_out(city: str) -> StockSoldOut:
    return StockSoldOut(
        city_id=city, stock_version=3, remaining_inventory={"ga": 0}, pools={}, occurred_at=NOW, tier="ga"
    )


def refused() -> SecuritySignInFailed:
    return SecuritySignInFailed(actor="192.0.2.0", what="sign-in", code="wrong", service="monitor", occurred_at=NOW)


async def write(connection: KafkaConnection, *events: Event) -> None:
    producer = RecordProducer(connection, client_id="test")
    for event in events:
        envelope = Envelope(id=uuid7(), source="test", type=event.type, time=NOW, subject=event.key)
        sent = await producer.send(
            event.topic, key=event.key.encode(), value=event_json(event), headers=envelope.headers()
        )
        await sent
    await producer.discard()


@pytest.mark.proves("O-1")
def test_stream_tail_shows_what_was_asked_for(kafka: str, prefix: str) -> None:
    connection = kafka_at(kafka, prefix=prefix)
    in_own_loop(create_topics(connection, partitions=1))
    in_own_loop(write(connection, sold_out("dallas"), refused(), sold_out("austin")))
    environ = kafka_variables(kafka, prefix=prefix)
    by_type = fullhouse(
        "stream", "tail", "--since", "1h", "--type", "stock.sold_out", "--count", "2", "--json", **environ
    )
    by_topic = fullhouse("stream", "tail", "--since", "1h", "--topic", "security", "--count", "1", **environ)
    assert not by_type.stderr
    lines = [json.loads(line) for line in by_type.stdout.splitlines()]
    assert [line["data"]["cityId"] for line in lines] == ["dallas", "austin"]
    assert lines[0]["topic"] == "stock"
    assert "security.sign_in_failed" in by_topic.stdout


@pytest.mark.asyncio
async def test_a_tail_misses_nothing_written_after_it_was_entered(kafka: str, topic_prefix: str) -> None:
    connection = kafka_at(kafka, prefix=topic_prefix)
    await write(connection, sold_out("before"))
    async with Tail(connection, [Topic.STOCK]) as tail:
        await write(connection, sold_out("after"))
        async for received in tail:
            assert received.event.key == "after"
            break
