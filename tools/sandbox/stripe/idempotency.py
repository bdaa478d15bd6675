"""Stripe's idempotency keys: the same answer again for 24 hours, errors included."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox.core.clock import Timers
from sandbox.core.http import Request, Response
from sandbox.core.keeping import Keep
from sandbox.stripe.errors import StripeRefusedError

LIFE = 24 * 3600.0
_LONGEST = 255
_SWEEP_EVERY = 10_000
# Stripe keeps what an endpoint answered once it had begun, a 500 too; not what was refused before (validation,
# rate limits, another running request) and not what never reached an endpoint.
_NEVER_KEPT = frozenset({401, 409, 429, 502, 503, 504})


@dataclass(slots=True)
class _Kept:
    path: str
    body: bytes
    until: float
    response: Response | None = None


class IdempotencyKeys:
    """The keys of one account."""

    def __init__(self, timers: Timers, keep: Keep) -> None:
        self._timers = timers
        self._kept: dict[str, _Kept] = keep.shelf("stripe.idempotency_keys", _Kept)
        for key in [name for name, kept in self._kept.items() if kept.response is None]:
            del self._kept[key]  # it ended with the process that was about to answer it

    def __len__(self) -> int:
        return len(self._kept)

    async def answer(
        self, key: str, request: Request, work: Callable[[], Awaitable[tuple[Response, bool]]]
    ) -> Response:
        """The kept answer, or that of `work`, which also says whether its endpoint had begun.

        Raises StripeRefusedError for a key in use, or one that came with something else before.
        """
        if len(key) > _LONGEST:
            raise StripeRefusedError.idempotency("Idempotency keys can be at most 255 characters long.")
        known = self._live(key)
        if known is not None:
            return _again(known, key, request)
        self._kept[key] = mine = _Kept(request.path, request.body, self._timers.elapsed() + LIFE)
        try:
            response, executed = await work()
        except BaseException:
            if mine.response is None:
                self._kept.pop(key, None)
            raise
        if executed and response.status not in _NEVER_KEPT:
            mine.response = response
            self._kept[key] = mine
        else:
            self._kept.pop(key, None)
        return response

    def keep(self, key: str, response: Response) -> None:
        """Keep the answer of a running request whose client will not hear it."""
        if key in self._kept:
            self._kept[key].response = response

    def _live(self, key: str) -> _Kept | None:
        if len(self._kept) % _SWEEP_EVERY == _SWEEP_EVERY - 1:
            now = self._timers.elapsed()
            for old in [name for name, kept in self._kept.items() if kept.until <= now]:
                del self._kept[old]
        known = self._kept.get(key)
        return known if known is not None and known.until > self._timers.elapsed() else None


_SAME_ENDPOINT = "Keys for idempotent requests can only be used for the same endpoint they were first used for"
_SAME_PARAMETERS = "Keys for idempotent requests can only be used with the same parameters they were first used with."
_IN_PROGRESS = (
    "There is currently another in-progress request using this Stripe Account and Idempotent Key (that probably means"
    " you submitted twice, and the other one is still going through): {key}. Please try again later."
)


def _again(known: _Kept, key: str, request: Request) -> Response:
    other = f"Try using a key other than '{key}' if you meant to execute a different request."
    if known.path != request.path:
        paths = [f"'{path.removeprefix('/stripe')}'" for path in (known.path, request.path)]
        raise StripeRefusedError.idempotency(f"{_SAME_ENDPOINT} ({' vs '.join(paths)}). {other}")
    if known.body != request.body and sorted(request.form()) != _pairs(known, request):
        raise StripeRefusedError.idempotency(f"{_SAME_PARAMETERS} {other}")
    if known.response is None:
        raise StripeRefusedError.idempotency(_IN_PROGRESS.format(key=key), status=409, code="idempotency_key_in_use")
    kept = known.response
    return Response(kept.status, kept.body, kept.content_type, kept.headers | {"idempotent-replayed": "true"})


def _pairs(known: _Kept, request: Request) -> list[tuple[str, str]]:
    return sorted(Request(method=request.method, path=known.path, body=known.body).form())
