"""Which signing secrets the processor uses is noted as webhooks come, and written down shortly afterwards."""

from __future__ import annotations

from contextlib import suppress

from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import Unavailable
from checkout.webhooks import secret_store
from checkout.webhooks.domain import RawWebhook, SecretInUse


class SecretsUsed:
    """What this process has seen and not written down yet: the last time of each secret, however many come."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._seen: dict[tuple[str, bool, str], SecretInUse] = {}

    def note(self, webhook: RawWebhook, *, connected: bool) -> None:
        """One has come, with a signature that was right."""
        if webhook.signed_by is not None:
            self._seen[webhook.processor, connected, webhook.signed_by] = SecretInUse(
                processor=webhook.processor,
                connected=connected,
                secret=webhook.signed_by,
                last_at=self._clock.now(),
            )

    async def flush(self) -> None:
        """Writes down what was seen; what can't be written stays for the next time."""
        if not self._seen:
            return
        seen, self._seen = self._seen, {}
        try:
            await secret_store.keep(self._database, list(seen.values()))
        except Unavailable:
            self._seen = {**seen, **self._seen}
            raise

    async def close(self) -> None:
        """Writes down the last ones, unless the database is away."""
        with suppress(Unavailable):
            await self.flush()
