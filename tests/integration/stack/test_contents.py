"""What a new installation holds from the start is made once: what is there already stays as people have made it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from stack import contents
from stack.databases import sql
from stack.errors import StackError
from stack.layout import SERVICES
from tests.fixtures.kafka import kafka_variables
from tests.fixtures.postgres import MakeDatabase

PASSWORDS = ("DATABASE_PASSWORD_SCRATCH", *(f"DATABASE_PASSWORD_{name.upper()}" for name in SERVICES))


@pytest.fixture
def values(make_database: MakeDatabase, kafka: str, topic_prefix: str) -> dict[str, str]:
    return {
        "FULLHOUSE_MODE": "sandbox",
        **kafka_variables(kafka, prefix=topic_prefix),
        **{f"DATABASE_URL_{name.upper()}": make_database(name) for name in SERVICES},
        **dict.fromkeys(PASSWORDS, "not asked for"),
        "POSTGRES_PASSWORD": "not asked for",
        "ADMIN_EMAIL": "ann@example.com",
        "ADMIN_PASSWORD": "eleven quiet harbours",
    }


def kept(values: Mapping[str, str]) -> tuple[str, str]:
    """The administrator, and what has been published of the catalogue."""
    return (
        sql(values["DATABASE_URL_MONITOR"], "SELECT email, role, password_hash FROM users"),
        sql(values["DATABASE_URL_CHECKOUT"], "SELECT count(*) FROM outbox"),
    )


def test_what_is_there_already_stays(values: dict[str, str]) -> None:
    contents.provide(values)
    administrator, published = first = kept(values)
    assert administrator.startswith("ann@example.com|admin|")
    assert int(published) > 0, "what is on sale was published"
    contents.provide(values | {"ADMIN_PASSWORD": "another long password"})
    assert kept(values) == first


def test_what_can_not_be_made_is_one_sentence(values: dict[str, str]) -> None:
    with pytest.raises(StackError, match="ADMIN_PASSWORD make no user: A password has 12"):
        contents.provide(values | {"ADMIN_PASSWORD": "short"})
    with pytest.raises(StackError, match="Kafka does not answer"):
        contents.provide(values | {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"})
