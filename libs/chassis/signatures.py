"""Signatures of vendors' requests: how a wrong one is refused, how old one may be, who is told (X-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.requests import Request

from chassis.addresses import client_address, shorten_address
from chassis.errors import Condition
from chassis.metrics import Metric, metrics
from chassis.refusals import RefusalReports
from chassis.telemetry import get_logger
from events import SecuritySignatureInvalid

TOLERANCE: Final = timedelta(seconds=300)

log = get_logger()


class SignatureMissing(Condition):
    """A vendor's request has no signature."""

    status = 400
    code = "signature_missing"
    title = "The signature is missing"
    meaning = "What a vendor sends must carry the vendor's signature."
    remedy = "Only the vendor itself can call this address; check the endpoint's set-up in the vendor's dashboard."


class SignatureInvalid(Condition):
    """A vendor's request has a signature that is not the vendor's, or is too old."""

    status = 400
    code = "webhook_signature_invalid"
    title = "The signature is wrong"
    meaning = "It is not the vendor's for this address, body and time: another secret, a changed body, or too old."
    remedy = "Compare the secret with the vendor's dashboard, PUBLIC_URL with the endpoint, and the server's clock."


def is_timely(signed_at: str, now: datetime) -> bool:
    """Whether the text is a time, in seconds since 1970, within 300 s of now."""
    try:
        moment = datetime.fromtimestamp(int(signed_at), UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return abs(now - moment) <= TOLERANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSignatures:
    """Reports requests whose signature is refused: it is an attack or a misconfiguration, and people must see both.

    reports: tells of them, each kind once in a while
    note: is told the vendor, the code and the shortened address of every single one as well
    """

    reports: RefusalReports
    note: Callable[[str, str, str], None] | None = None

    @contextmanager
    def told(self, request: Request, vendor: str) -> Iterator[None]:
        """Reports a SignatureMissing or SignatureInvalid from the block, and lets it pass."""
        try:
            yield
        except (SignatureMissing, SignatureInvalid) as refusal:
            self._tell(vendor, refusal.code, shorten_address(client_address(request.scope)))
            raise

    def _tell(self, vendor: str, code: str, source: str) -> None:
        metrics.count(Metric.SIGNATURES_REFUSED, vendor=vendor, code=code)
        if self.note is not None:
            self.note(vendor, code, source)
        if not self.reports.report(SecuritySignatureInvalid, actor=source, what=f"{vendor} webhook", code=code):
            return
        if code == SignatureMissing.code:
            log.warning("signature_missing", vendor=vendor, ip=source)
        else:
            log.error("webhook_signature_invalid", vendor=vendor, ip=source)
