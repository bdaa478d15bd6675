"""All SQL on providers."""

from __future__ import annotations

from chassis.database import Reader, Row, Transaction
from checkout.providers.domain import PaymentMode, Provider, ProviderSettings

_PROVIDER = """provider_id, name, email, version, currency, payment_mode, commission_ppm, min_external, max_platform,
preferred, fallback"""


async def lock(tx: Transaction) -> None:
    """One change at a time, so that a version that was read means that all lower ones were, too."""
    await tx.execute("LOCK TABLE providers IN SHARE ROW EXCLUSIVE MODE")


async def get(reader: Reader, provider_id: int) -> Provider | None:
    row = await reader.fetchrow(f"SELECT {_PROVIDER} FROM providers WHERE provider_id = $1", provider_id)  # noqa: S608
    return _provider(row) if row else None


async def find(reader: Reader, *, after: int, limit: int) -> list[Provider]:
    """By id, those behind `after`."""
    rows = await reader.fetch(
        f"SELECT {_PROVIDER} FROM providers WHERE provider_id > $1 ORDER BY provider_id LIMIT $2",  # noqa: S608
        after,
        limit,
    )
    return [_provider(row) for row in rows]


async def changed(reader: Reader, *, since: int) -> list[Provider]:
    """Those whose version is above this one."""
    rows = await reader.fetch(f"SELECT {_PROVIDER} FROM providers WHERE version > $1", since)  # noqa: S608
    return [_provider(row) for row in rows]


async def save(tx: Transaction, provider: Provider) -> Provider:
    """Keeps it with the next version, and gives it back so; whoever calls has the lock."""
    settings = provider.settings
    row = await tx.fetchrow(
        f"""
        INSERT INTO providers ({_PROVIDER}, changed_at)
        SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6, $7, $8, $9, $10, app_now() FROM providers
        ON CONFLICT (provider_id) DO UPDATE SET
            name = excluded.name, email = excluded.email, version = excluded.version, currency = excluded.currency,
            payment_mode = excluded.payment_mode, commission_ppm = excluded.commission_ppm,
            min_external = excluded.min_external, max_platform = excluded.max_platform,
            preferred = excluded.preferred, fallback = excluded.fallback, changed_at = excluded.changed_at
        RETURNING {_PROVIDER}
        """,  # noqa: S608
        provider.provider_id,
        provider.name,
        provider.email,
        settings and settings.currency,
        settings and settings.payment_mode.value,
        settings and settings.commission_ppm,
        settings and settings.min_external,
        settings and settings.max_platform,
        settings and list(settings.preferred),
        settings and settings.fallback,
    )
    assert row is not None  # noqa: S101 an upsert gives its row
    return _provider(row)


def _provider(row: Row) -> Provider:
    return Provider(
        provider_id=row["provider_id"],
        name=row["name"],
        email=row["email"],
        version=row["version"],
        settings=_settings(row) if row["payment_mode"] is not None else None,
    )


def _settings(row: Row) -> ProviderSettings:
    return ProviderSettings(
        currency=row["currency"],
        payment_mode=PaymentMode(row["payment_mode"]),
        commission_ppm=row["commission_ppm"],
        min_external=row["min_external"],
        max_platform=row["max_platform"],
        preferred=tuple(row["preferred"]),
        fallback=row["fallback"],
    )
