"""What SendGrid takes as a mail, and what it says when it doesn't."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.core.http import Record
from sandbox.core.messages import Attachment
from sandbox.sendgrid.errors import SendgridRefusedError

LARGEST = 30 * 1024 * 1024
"""Bytes, attachments and all."""
_MOST_RECIPIENTS = 1000
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+\Z")
_EXAMPLE = '{"email" : "example@example.com"}'
_FROM = (
    "The from object must be provided for every email send. It is an object that requires the email parameter, but may"
    f" also contain a name parameter.  e.g. {_EXAMPLE}  or"
    ' {"email" : "example@example.com", "name" : "Example Recipient"}.'
)
_TO = (
    "The to array is required for all personalization objects, and must have at least one email object with a valid"
    " email address."
)
_CONTENT = (
    "Unless a valid template_id is provided, the content parameter is required. There must be at least one defined"
    " content block. We typically suggest both text/plain and text/html blocks are included, but only one block is"
    " required."
)
_SUBJECT = (
    "The subject is required. You can get around this requirement if you use a template with a subject defined or if"
    " every personalization has a subject defined."
)
# The parameters that the SDK's `Mail.get()` and `Personalization.get()` can hold.
_FIELDS = frozenset(
    [
        "from",
        "subject",
        "personalizations",
        "content",
        "attachments",
        "template_id",
        "sections",
        "headers",
        "categories",
        "custom_args",
        "send_at",
        "batch_id",
        "asm",
        "ip_pool_name",
        "mail_settings",
        "tracking_settings",
        "reply_to",
        "reply_to_list",
    ]
)
_PERSONAL_FIELDS = frozenset(
    [
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "headers",
        "substitutions",
        "dynamic_template_data",
        "custom_args",
        "send_at",
    ]
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of one personalization."""

    email: str
    name: str
    subject: str
    custom_args: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that was taken."""

    sender: str
    sender_name: str
    text: str
    html: str | None
    recipients: tuple[Recipient, ...]
    attachments: tuple[Attachment, ...] = ()
    categories: tuple[str, ...] = ()
    only_checked: bool = False
    reply_to: str = field(default="")


def parse(body: bytes) -> Mail:
    """Raises SendgridRefusedError."""
    if len(body) > LARGEST:
        raise SendgridRefusedError(413, "The total message size should not exceed 30MB")
    try:
        return _mail(_json(body))
    except (AttributeError, KeyError, TypeError) as error:
        # A value of another type than its parameter's; SendGrid says no more than this either.
        raise SendgridRefusedError(400, "Bad Request") from error


def _mail(mail: Record) -> Mail:
    _check_fields(mail, _FIELDS, "")
    sender = _sender(mail)
    recipients = tuple(_recipients(mail))
    text, html = _content(mail)
    return Mail(
        sender=sender["email"], sender_name=str(sender.get("name", "")), text=text, html=html, recipients=recipients,
        attachments=tuple(_attachments(mail)), categories=tuple(str(each) for each in mail.get("categories", [])),
        only_checked=bool(mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable", False)),
        reply_to=str((mail.get("reply_to") or {}).get("email", "")),
    )  # fmt: skip


def _json(body: bytes) -> Record:
    try:
        mail = json.loads(body)
    except ValueError as error:
        raise SendgridRefusedError(400, "Bad Request") from error
    if not isinstance(mail, dict):
        raise SendgridRefusedError(400, "Bad Request")
    return mail


def _check_fields(given: object, known: frozenset[str], path: str) -> None:
    if not isinstance(given, dict):
        raise SendgridRefusedError(400, "Bad Request")
    for name in given:
        if name not in known:
            raise SendgridRefusedError(400, f"Additional property {name} is not allowed", field=path + name)


def _sender(mail: Record) -> Record:
    sender = mail.get("from")
    if not isinstance(sender, dict) or "email" not in sender:
        raise SendgridRefusedError(400, _FROM, field="from.email", topic="from")
    if not _is_address(sender["email"]):
        raise SendgridRefusedError(
            400, "The from email does not contain a valid address.", field="from.email", topic="from"
        )
    return sender


def _is_address(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 320 and _ADDRESS.match(value) is not None


def _recipients(mail: Record) -> Iterator[Recipient]:
    personalizations = mail.get("personalizations")
    if not isinstance(personalizations, list) or not personalizations:
        raise SendgridRefusedError(
            400, "The personalizations field is required and must have at least one personalization.",
            field="personalizations", topic="personalizations",
        )  # fmt: skip
    count = 0
    for at, personal in enumerate(personalizations):
        for recipient in _recipients_of(mail, personal, f"personalizations.{at}"):
            count += 1
            yield recipient
    if count > _MOST_RECIPIENTS:
        raise SendgridRefusedError(400, "You may only have 1000 recipients.", field="personalizations")


def _recipients_of(mail: Record, personal: Record, path: str) -> Iterator[Recipient]:
    _check_fields(personal, _PERSONAL_FIELDS, f"{path}.")
    if not isinstance(personal.get("to"), list) or not personal["to"]:
        raise SendgridRefusedError(400, _TO, field=f"{path}.to", topic="personalizations.to")
    subject = personal.get("subject") or mail.get("subject")
    if not subject and not mail.get("template_id"):
        raise SendgridRefusedError(400, _SUBJECT, field="subject", topic="subject")
    seen: set[str] = set()
    for kind in ("to", "cc", "bcc"):
        for at, each in enumerate(personal.get(kind, [])):
            email = _email(each, f"{path}.{kind}.{at}.email", kind)
            if email.lower() in seen:
                raise _duplicate(email, f"{path}.{kind}")
            seen.add(email.lower())
            args = (mail.get("custom_args") or {}) | (personal.get("custom_args") or {})
            headers = (mail.get("headers") or {}) | (personal.get("headers") or {})
            yield Recipient(email, str(each.get("name", "")), str(subject or ""), args, headers)


def _email(each: object, path: str, kind: str) -> str:
    email = each.get("email") if isinstance(each, dict) else None
    if not _is_address(email):
        raise SendgridRefusedError(
            400, "Does not contain a valid address.", field=path, topic=f"personalizations.{kind}"
        )
    return str(email)


def _duplicate(email: str, path: str) -> SendgridRefusedError:
    return SendgridRefusedError(
        400,
        "Each email address in the personalization block should be unique between to, cc, and bcc. We found the first"
        f" duplicate instance of [{email}] in the {path} field.",
        field="personalizations",
        topic="recipient-errors",
    )


def _content(mail: Record) -> tuple[str, str | None]:
    content = mail.get("content")
    if not isinstance(content, list) or not content:
        if mail.get("template_id"):
            return f"Template {mail['template_id']}", None
        raise SendgridRefusedError(400, _CONTENT, field="content", topic="content")
    kinds = [str(block.get("type", "")) for block in content]
    order = ["text/plain", "text/html"]
    if sorted(kinds, key=lambda kind: order.index(kind) if kind in order else 2) != kinds:
        raise SendgridRefusedError(
            400, "If present, text/plain must be first, followed by text/html, then followed by any other content.",
            field="content", topic="content",
        )  # fmt: skip
    for at, block in enumerate(content):
        if not isinstance(block.get("value"), str) or not block["value"]:
            raise SendgridRefusedError(
                400, "The content value must be a string at least one character in length.",
                field=f"content.{at}.value", topic="content.value",
            )  # fmt: skip
    texts = {str(block["type"]): str(block["value"]) for block in content}
    return texts.get("text/plain", ""), texts.get("text/html")


def _attachments(mail: Record) -> Iterator[Attachment]:
    for at, each in enumerate(mail.get("attachments", [])):
        if not each.get("filename"):
            raise SendgridRefusedError(400, "The attachment filename is required.", field=f"attachments.{at}.filename",
                                  topic="attachments.filename")  # fmt: skip
        try:
            base64.b64decode(each.get("content") or "*", validate=True)
        except (binascii.Error, ValueError) as error:
            raise SendgridRefusedError(
                400,
                "The attachment content must be base64 encoded.",
                field=f"attachments.{at}.content",
                topic="attachments.content",
            ) from error
        yield Attachment(
            filename=str(each["filename"]), content_type=str(each.get("type") or "application/octet-stream"),
            content=str(each["content"]), content_id=each.get("content_id"),
            disposition=str(each.get("disposition") or "attachment"),
        )  # fmt: skip
