"""Where a view goes on in a log that may not be as it was."""

from __future__ import annotations

import pytest

from eventbus.incoming.viewer import go_on


@pytest.mark.proves("E-7")
@pytest.mark.parametrize(("place", "begun", "first", "end", "expected"), [
    (7, 3, 0, 9, 7), (9, 3, 0, 9, 9),
    (7, 3, 8, 9, 8),  # the log's start has passed it
    (7, 3, 0, 5, 3), (7, 3, 4, 5, 4), (7, 3, 0, 3, 3),  # the log lost its end
    (7, 3, 0, 2, 0), (7, 3, 0, 0, 0),  # another log
])  # fmt: skip
def test_a_view_goes_on_where_nothing_new_is_left_out(
    place: int, begun: int, first: int, end: int, expected: int
) -> None:
    assert go_on(place, begun, first=first, end=end) == expected
