"""Whatever stops work in steps, its last words are what is not done, and the command that goes on."""

from __future__ import annotations

import pytest

from cli.errors import CommandError
from cli.steps import Step, carry_out


@pytest.mark.proves("O-4", "O-9")
@pytest.mark.parametrize(
    ("stopped_by", "says"),
    [
        (CommandError("It does not answer."), "✗ Second: It does not answer.\nNot done: Second, Third. Mend it, then"),
        (KeyboardInterrupt(), "✗ Second: stopped\nNot done: Second, Third. To go on,"),
    ],
    ids=["a failure", "Ctrl-C"],
)
def test_it_says_what_is_left_and_how_to_go_on(stopped_by: BaseException, says: str) -> None:
    def second() -> str:
        raise stopped_by

    steps = [Step(name="First", do=lambda: "done"), Step(name="Second", do=second), Step(name="Third", do=str)]
    with pytest.raises(CommandError) as stopped:
        carry_out(steps, again="fullhouse again", quiet=True)
    assert str(stopped.value) == f"{says} run `fullhouse again` again."
