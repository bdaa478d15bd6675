"""Templates to answers, with the headers that every page has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request as StarletteRequest

from chassis import formats
from sandbox.core.http import Request, Response
from sandbox.core.messages import Channel
from sandbox.pages import mrkdwn
from sandbox.stripe import money
from sandbox.world import World
from ui import Assets, environment

_HERE = Path(__file__).parent


class Pages:
    """Renders templates; `fault_words` and the clock stand on every page with a menu."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._zone = world.settings.timezone
        self._assets = Assets(_HERE / "assets", prefix="/static")
        self._environment = environment(_HERE / "templates")
        self._environment.globals |= {"asset": self._assets.url, "business": world.settings.business_name}
        self._environment.filters |= {"price": money.shown, "at": self._at, "number": _number, "mrkdwn": mrkdwn.shown}

    def page(
        self, template: str, values: Mapping[str, object], *, status: int = 200, forms_to: tuple[str, ...] = ()
    ) -> Response:
        """`forms_to`: addresses that a form of the page may end at, after redirects."""
        common = {
            "faults_in_words": self.faults_in_words(), "clock_in_words": self._clock_in_words(),
            "counts": self._counts(),
        }  # fmt: skip
        text = self._environment.get_template(template).render(common | dict(values))
        origins = " ".join(sorted({origin for url in forms_to if (origin := _origin(url))}))
        policy = (
            "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self';"
            " connect-src 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none';"
            f" form-action 'self' {origins}"
        )
        return Response(
            status, text.encode(), "text/html; charset=utf-8", {"content-security-policy": policy.strip()} | _SAFE
        )

    def static(self, request: Request) -> Response:
        scope = {
            "type": "http", "method": request.method, "path": request.path, "root_path": "/static",
            "query_string": request.query_string,
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()],
        }  # fmt: skip
        answer = self._assets.respond(StarletteRequest(scope))
        kept = {name: value for name, value in answer.headers.items() if name not in ("content-type", "content-length")}
        return Response(answer.status_code, bytes(answer.body), answer.headers.get("content-type", "text/plain"), kept)

    def _at(self, timestamp: float) -> str:
        """`2:14 PM`, with the day before it when that is not today."""
        moment, now = (dt.datetime.fromtimestamp(each, tz=dt.UTC) for each in (timestamp, self._world.timers.wall()))
        return formats.recent(moment, self._zone, now=now)

    def faults_in_words(self, vendor: str | None = None) -> str:
        """The first fault in force (of the vendor), and how many more; `none` without one."""
        active = self._world.faults.active()
        words = [fault.in_words() for fault in active if vendor in (None, fault.vendor)]
        return words[0] + (f" and {len(words) - 1} more" if len(words) > 1 else "") if words else "none"

    def _counts(self) -> dict[str, int]:
        """What stands beside the names of the menu: messages in the chat, incidents that nobody resolved."""
        messages = self._world.messages
        incidents = messages.newest(channel=Channel.PAGERDUTY)
        unresolved = sum(1 for incident in incidents if incident.status != "resolved")
        return {"Chat": len(messages.newest(channel=Channel.SLACK)), "Pager": unresolved}

    def _clock_in_words(self) -> str:
        seconds = round(self._world.timers.advanced_seconds)
        if seconds == 0:
            return "real time"
        hours, rest = divmod(seconds, 3600)
        return f"{hours} h {rest // 60} min ahead" if hours else f"{rest // 60} min {rest % 60} s ahead"


_SAFE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""


def _number(phone: str) -> str:
    """`+1 352 555 0142`."""
    if phone.startswith("+1") and len(phone) == 12:
        return f"+1 {phone[2:5]} {phone[5:8]} {phone[8:]}"
    return phone
