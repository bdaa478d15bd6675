"""The question of a processor's own page: whether a platform may use somebody's account."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.core.http import Request, Response
from sandbox.pages.render import Pages


def question(
    pages: Pages,
    request: Request,
    *,
    processor: str,
    who: str,
    field: str,
    accounts: Sequence[tuple[str, str]],
    commission: bool,
    back: str,
) -> Response:
    """The page, whose form comes back to its own address.

    processor: whose page it is
    who: whose password it would ask for
    field: what the form calls the account
    accounts: value and name of each that may be chosen
    commission: whether the platform could keep one
    back: where the answer goes on to
    """
    values = {
        "processor": processor, "who": who, "field": field, "accounts": accounts, "commission": commission,
        "title": f"Connect {processor}", "action": f"{request.path}?{request.query_string.decode('latin-1')}",
    }  # fmt: skip
    return pages.page("permission.html", values, forms_to=(back,))
