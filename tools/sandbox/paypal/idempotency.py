"""PayPal-Request-Id: the same success again, while its app asks for the same with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sandbox.core.clock import Timers
from sandbox.core.http import Request, Response
from sandbox.core.keeping import Keep
from sandbox.paypal.errors import PaypalRefusedError

ORDER_LIFE: Final = 6 * 3600.0
PAYMENT_LIFE: Final = 45 * 86_400.0
_CREATED, _OK = 201, 200


@dataclass(slots=True)
class _KeptAnswer:
    path: str
    body: bytes
    until: float
    response: Response | None = None


class RequestIds:
    """Those of one PayPal, each for the app that used it. What failed is not kept: it may be tried again."""

    def __init__(self, timers: Timers, keep: Keep) -> None:
        self._timers = timers
        self._kept: dict[str, _KeptAnswer] = keep.shelf("paypal.request_ids", _KeptAnswer)
        for key in [name for name, kept in self._kept.items() if kept.response is None]:
            del self._kept[key]  # it ended with the process that was about to answer it

    async def answer(self, key: str, request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
        """The kept answer, or that of `work`. Raises PaypalRefusedError for an id that is or was used otherwise."""
        known = self._kept.get(key)
        if known is not None and known.until > self._timers.elapsed():
            return _again(known, request)
        life = ORDER_LIFE if request.path.endswith("/orders") else PAYMENT_LIFE
        self._kept[key] = mine = _KeptAnswer(request.path, request.body, self._timers.elapsed() + life)
        try:
            response = await work()
        except BaseException:
            if mine.response is None:
                self._kept.pop(key, None)
            raise
        if mine.response is None:
            self._kept.pop(key, None)
        return response

    def keep(self, key: str, response: Response) -> None:
        """A success of a running request, whether its client hears it or not."""
        if key in self._kept and response.status < 300:
            self._kept[key].response = response


def _again(known: _KeptAnswer, request: Request) -> Response:
    if known.path != request.path or known.body != request.body:
        raise PaypalRefusedError.unprocessable("DUPLICATE_REQUEST_ID")
    if known.response is None:
        raise PaypalRefusedError.unprocessable("PREVIOUS_REQUEST_IN_PROGRESS")
    kept = known.response
    status = _OK if kept.status == _CREATED else kept.status
    return Response(status, kept.body, kept.content_type, kept.headers)
