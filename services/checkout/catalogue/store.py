"""All SQL on the catalogue and on the uses of discount codes."""

from __future__ import annotations

from uuid import UUID

from chassis.database import Reader, Transaction
from checkout.catalogue.codes import CodeProblem
from checkout.catalogue.domain import Catalogue, DiscountCode, Terms
from events import CatalogueCityChanged, CataloguePassChanged

_UPSERT = """
INSERT INTO catalogue_cities (city_id, version, entry, withdrawn, changed_at) VALUES ($1, $2, $3, $4, app_now())
ON CONFLICT (city_id) DO UPDATE
SET version = excluded.version, entry = excluded.entry, withdrawn = excluded.withdrawn, changed_at = excluded.changed_at
"""

_UPSERT_KIND = """
INSERT INTO catalogue_passes (pass_id, version, entry, withdrawn, changed_at) VALUES ($1, $2, $3, $4, app_now())
ON CONFLICT (pass_id) DO UPDATE
SET version = excluded.version, entry = excluded.entry, withdrawn = excluded.withdrawn, changed_at = excluded.changed_at
"""

_TERMS = """
INSERT INTO catalogue_terms (revision, terms) VALUES ($1, $2)
ON CONFLICT (only_row) DO UPDATE SET revision = excluded.revision, terms = excluded.terms
"""

# Locks the code's row: whoever uses the same code waits, so that its limits hold under any concurrency (C-2).
_LOCK_CODE = """
INSERT INTO discount_codes (code) VALUES ($1) ON CONFLICT (code) DO UPDATE SET used = discount_codes.used
RETURNING used
"""
_USES_OF_EMAIL = "SELECT count(*) FROM discount_uses WHERE code = $1 AND email_key = $2"

_RESERVE = """
WITH taken AS (UPDATE discount_codes SET used = used + 1 WHERE code = $2)
INSERT INTO discount_uses (order_id, code, email_key, reserved_at) VALUES ($1, $2, $3, app_now())
"""

_RETURN = """
WITH returned AS (DELETE FROM discount_uses WHERE order_id = $1 RETURNING code)
UPDATE discount_codes SET used = used - 1 FROM returned WHERE discount_codes.code = returned.code
"""


async def lock(tx: Transaction) -> None:
    """One load at a time."""
    await tx.execute("LOCK TABLE catalogue_terms IN SHARE ROW EXCLUSIVE MODE")


async def revision(reader: Reader) -> int | None:
    """How often the catalogue has changed; None before the first load."""
    found: int | None = await reader.fetchval("SELECT revision FROM catalogue_terms")
    return found


async def read(reader: Reader) -> Catalogue | None:
    """None before the first load."""
    terms = await reader.fetchrow("SELECT revision, terms FROM catalogue_terms")
    if terms is None:
        return None
    rows = await reader.fetch("SELECT entry FROM catalogue_cities")
    cities = [CatalogueCityChanged.model_validate(row["entry"]) for row in rows]
    kinds = await reader.fetch("SELECT entry FROM catalogue_passes ORDER BY pass_id")
    passes = [CataloguePassChanged.model_validate(row["entry"]) for row in kinds]
    return Catalogue(
        cities={city.city_id: city for city in cities},
        terms=Terms.model_validate(terms["terms"]),
        revision=terms["revision"],
        passes={kind.pass_id: kind for kind in passes},
    )


async def save_city(tx: Transaction, city: CatalogueCityChanged) -> None:
    """Stores a city's new entry."""
    await tx.execute(_UPSERT, city.city_id, city.version, city.model_dump(mode="json"), city.withdrawn)


async def save_pass(tx: Transaction, kind: CataloguePassChanged) -> None:
    """Stores the new entry of a kind of pass."""
    await tx.execute(_UPSERT_KIND, kind.pass_id, kind.version, kind.model_dump(mode="json"), kind.withdrawn)


async def save_terms(tx: Transaction, terms: Terms, *, revision: int) -> None:
    """Stores what holds for all cities, and that the catalogue has changed."""
    await tx.execute(_TERMS, revision, terms.model_dump(mode="json"))


async def reserve_code(tx: Transaction, order_id: UUID, code: DiscountCode, email_key: str) -> CodeProblem | None:
    """Takes one use for the order, or says why there is none left."""
    used = await tx.fetchval(_LOCK_CODE, code.code)
    if code.usage_limit is not None and used >= code.usage_limit:
        return CodeProblem.USED_UP
    if code.per_email_limit is not None:
        by_email = await tx.fetchval(_USES_OF_EMAIL, code.code, email_key)
        if by_email >= code.per_email_limit:
            return CodeProblem.USED_BY_YOU
    await tx.execute(_RESERVE, order_id, code.code, email_key)
    return None


async def uses(reader: Reader, code: str, email_key: str) -> tuple[int, int]:
    """How often a code has been taken in all, and by an email; for a first look without a lock."""
    used = await reader.fetchval("SELECT used FROM discount_codes WHERE code = $1", code)
    return used or 0, await reader.fetchval(_USES_OF_EMAIL, code, email_key)


async def return_code(tx: Transaction, order_id: UUID) -> None:
    """Gives the use back with the seats; nothing when the order has none."""
    await tx.execute(_RETURN, order_id)


async def retake_code(tx: Transaction, order_id: UUID, code: str, email_key: str) -> None:
    """A late payer pays the discounted price: the use counts again, whatever the limits say now."""
    if not await tx.fetchval("SELECT true FROM discount_uses WHERE order_id = $1", order_id):
        await tx.fetchval(_LOCK_CODE, code)
        await tx.execute(_RESERVE, order_id, code, email_key)
