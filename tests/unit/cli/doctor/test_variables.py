"""The doctor lists every variable of .env.example that a service reads, with its form and use, never with its value."""

from __future__ import annotations

import pytest

from chassis.settings.listing import Variable
from cli.doctor.configuration import listed, refused, state, variables
from stack.layout import GATEWAY
from stack.variables import EMBEDDED, all_variables

SECRET = "sk_test_a-secret-to-keep"
KNOWN = {variable.name: variable for variable in variables()}


def how(name: str, **values: str) -> str:
    return state(KNOWN[name], values, refused(values))


@pytest.mark.proves("O-2", "O-13")
def test_they_are_those_of_the_example_but_for_what_make_up_keeps_to_itself() -> None:
    assert set(KNOWN) == {each.name for each in all_variables() if not set(each.readers) <= {GATEWAY, EMBEDDED}}


@pytest.mark.proves("O-13")
@pytest.mark.parametrize("variable", variables(), ids=lambda variable: variable.name)
def test_each_is_listed_with_its_form_and_use(variable: Variable) -> None:
    line = listed(variable, "set")
    assert line.startswith(f"{variable.name}: set ({variable.description}")
    assert ("required" in line) == bool(variable.required or variable.when)


@pytest.mark.proves("O-2")
def test_each_state_has_its_word_and_no_value_is_told() -> None:
    assert how("STRIPE_SECRET_KEY", FULLHOUSE_MODE="test") == "missing"
    assert how("STRIPE_SECRET_KEY", FULLHOUSE_MODE="sandbox", STRIPE_SECRET_KEY="sk_live_1") == "wrong"
    assert how("STRIPE_SECRET_KEY", FULLHOUSE_MODE="sandbox", STRIPE_SECRET_KEY=SECRET) == "set, test"
    assert how("STRIPE_SECRET_KEY", FULLHOUSE_MODE="sandbox", STRIPE_SECRET_KEY="sk_test_sandbox1") == (
        "set, of the sandbox"
    )
    assert how("STRIPE_SECRET_KEY", STRIPE_SECRET_KEY_FILE="/nonexistent") == "its file can't be read"
    assert how("STRIPE_SECRET_KEY", FULLHOUSE_MODE="live", STRIPE_SECRET_KEY="sk_live_1") == "set, live"
    assert how("PORT") == "not set"
    assert how("FULLHOUSE_MODE") == "missing"
