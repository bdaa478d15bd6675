"""SendGrid's activity list: `GET /v3/messages?query=…&limit=…`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sandbox.core.http import Record
from sandbox.core.messages import iso
from sandbox.sendgrid.errors import SendgridRefusedError
from sandbox.sendgrid.outbox import Sent

_MOST = 1000
_TERM = re.compile(
    r"""\(*\s*(?P<field>[a-z_]+)(\[\s*['"](?P<key>[^'"]+)['"]\s*\])?\s*(?P<how>!=|=|LIKE)\s*["'](?P<value>[^"']*)["']\s*\)*""",
    re.IGNORECASE,
)
_FIELDS: dict[str, Callable[[Sent], str]] = {
    "from_email": lambda sent: sent.mail.sender,
    "msg_id": lambda sent: sent.id,
    "status": lambda sent: sent.activity,
    "subject": lambda sent: sent.recipient.subject,
    "to_email": lambda sent: sent.recipient.email,
}


def limit_of(text: str) -> int:
    """Raises SendgridRefusedError: SendGrid asks for a limit from 1 to 1,000."""
    if not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise SendgridRefusedError(400, "limit must be between 1 and 1000", field="limit")
    return int(text)


def matching(sent: Iterable[Sent], query: str) -> Iterable[Sent]:
    """Those that fit every term of the query (`field="value" AND unique_args['key']="value"`).

    Raises SendgridRefusedError.
    """
    terms = [_term(text) for text in re.split(r"\s+AND\s+", query.strip(), flags=re.IGNORECASE) if text]
    return (each for each in sent if all(term(each) for term in terms))


def _term(text: str) -> Callable[[Sent], bool]:
    found = _TERM.fullmatch(text)
    if found is None:
        raise SendgridRefusedError(400, f"invalid query: {text}", field="query")
    read = _reader(found["field"].lower(), found["key"])
    value, how = found["value"].lower(), found["how"].upper()
    if how == "LIKE":
        pattern = re.compile(re.escape(value).replace("%", ".*"), re.DOTALL)
        return lambda sent: pattern.fullmatch(read(sent).lower()) is not None
    return lambda sent: (read(sent).lower() == value) is (how == "=")


def _reader(field: str, key: str | None) -> Callable[[Sent], str]:
    if field == "unique_args" and key:
        return lambda sent: str(sent.recipient.custom_args.get(key, ""))
    read = _FIELDS.get(field)
    if read is None:
        raise SendgridRefusedError(400, f"invalid query: unknown field {field}", field="query")
    return read


def shown(sent: Sent) -> Record:
    return {
        "from_email": sent.mail.sender, "msg_id": sent.id, "subject": sent.recipient.subject,
        "to_email": sent.recipient.email, "status": sent.activity, "opens_count": sent.opens, "clicks_count": 0,
        "last_event_time": iso(sent.last_event).partition(".")[0] + "Z",
    }  # fmt: skip
