"""Tokens of an outside issuer over real HTTP: which are taken, with which role, and what happens while it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import jwt
import pytest
import pytest_asyncio
from fastapi import APIRouter, Depends, FastAPI

from chassis.app import create_app
from chassis.clock import ManualClock
from chassis.http.guards import require
from chassis.tokens import Principal, Role, TokenSigner
from chassis.tokens.ended import LONGEST_LIFETIME
from chassis.tokens.issuer_keys import KEPT, PAUSE
from tests.fixtures.issuer import AUDIENCE, Issuer, issuing
from tests.unit.chassis.asgi import call
from tests.unit.chassis.samples import AUTH_KEY, sample_settings

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("C-12")]

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"
ROLES = "ticket-desk=operator,owners=admin,https://example.com/groups=everybody=viewer"

router = APIRouter()


@router.get("/api/me")
async def me(person: Annotated[Principal, Depends(require(Role.VIEWER))]) -> dict[str, str]:
    return {"subject": person.subject, "email": person.email, "role": person.role}


@dataclass(frozen=True, slots=True)
class Door:
    app: FastAPI
    issuer: Issuer
    clock: ManualClock

    def token(self, *, key_id: str = "k1", **changes: Any) -> str:
        return self.issuer.sign(self.issuer.claims(now=self.clock.now(), **changes), key_id=key_id)

    async def knock(self, token: str) -> tuple[int, str]:
        """The status, and the role or the code of the refusal."""
        answer = await call(self.app, "GET", "/api/me", headers={"Authorization": f"Bearer {token}"})
        return answer.status, answer.json.get("role") or answer.json["code"]


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as made:
        yield made


@pytest_asyncio.fixture
async def door(issuer: Issuer) -> AsyncIterator[Door]:
    async with opened(issuer) as made:
        yield made


class opened:  # noqa: N801 reads as a statement
    def __init__(self, issuer: Issuer, **variables: str) -> None:
        clock = ManualClock()
        values = {"OIDC_ISSUER": issuer.url, "OIDC_AUDIENCE": AUDIENCE, "OIDC_ROLES": ROLES, **variables}
        app = create_app(service="checkout", settings=sample_settings(**values), routers=(router,), clock=clock)
        self._door = Door(app, issuer, clock)

    async def __aenter__(self) -> Door:
        return self._door

    async def __aexit__(self, *_: object) -> None:
        await self._door.app.state.doorkeeper.close()


async def test_a_claim_gives_the_role_by_the_table_and_ours_go_on(door: Door) -> None:
    assert await door.knock(door.token()) == (200, "operator")
    assert await door.knock(door.token(roles=["guests", "ticket-desk", "owners"])) == (200, "admin")
    assert await door.knock(door.token(roles="owners")) == (200, "admin")
    for roles in ([], ["admin"], None, {"owners": True}, [["owners"]], 7):
        assert await door.knock(door.token(roles=roles)) == (403, "role_missing"), roles
    ours = TokenSigner(AUTH_KEY, clock=door.clock).issue("u1", email="pat@example.com", role=Role.VIEWER)
    assert await door.knock(ours) == (200, "viewer")
    assert door.issuer.asked == [DISCOVERY, KEYS], "keys are kept"


@pytest.mark.parametrize(
    ("claim", "changes"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["ticket-desk"]}}),
        ("https://example.com/roles", {"https://example.com/roles": ["ticket-desk"]}),
    ],
)
async def test_the_claim_may_be_nested_or_named_by_an_address(
    issuer: Issuer, claim: str, changes: dict[str, Any]
) -> None:
    async with opened(issuer, OIDC_ROLE_CLAIM=claim) as door:
        assert await door.knock(door.token(**changes)) == (200, "operator")


async def test_the_person_is_named_by_an_address_that_was_looked_at(door: Door) -> None:
    async def named(**changes: Any) -> tuple[str, str]:
        headers = {"Authorization": f"Bearer {door.token(**changes)}"}
        told = (await call(door.app, "GET", "/api/me", headers=headers)).json
        return told["subject"], told["email"]

    assert await named() == ("oidc:a7", "sam@example.com")
    assert await named(email_verified=True) == ("oidc:a7", "sam@example.com")
    for changes in ({"email_verified": False}, {"email": None}, {"email": "sam"}, {"email": ["sam@example.com"]}):
        assert await named(**changes) == ("oidc:a7", "a7"), changes


def signed_with_the_public_key(door: Door) -> str:
    """What a verifier takes that believes the token's word for the algorithm."""
    modulus = door.issuer.keys["k1"]["n"].encode()
    return jwt.encode(door.issuer.claims(now=door.clock.now()), modulus, algorithm="HS256", headers={"kid": "k1"})


def unsigned(door: Door) -> str:
    no_key: Any = None
    return jwt.encode(door.issuer.claims(now=door.clock.now()), no_key, algorithm="none", headers={"kid": "k1"})


def with_another_algorithm(door: Door) -> str:
    claims = door.issuer.claims(now=door.clock.now())
    return door.issuer.sign(claims, algorithm="PS256")


def with_a_key_for_encryption(door: Door) -> str:
    door.issuer.add("enc", use="enc")
    return door.token(key_id="enc")


def with_a_shared_key(door: Door) -> str:
    door.issuer.keys["oct"] = {"kty": "oct", "kid": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}
    claims = door.issuer.claims(now=door.clock.now())
    return jwt.encode(claims, b"secret-secret-secret-secret-secret", algorithm="HS256", headers={"kid": "oct"})


def of_a_stranger(door: Door) -> str:
    other = Issuer(owner="stranger")
    other.add("k1")
    return door.issuer.sign(door.issuer.claims(now=door.clock.now()), key=other.private["k1"])


def without_key_id(door: Door) -> str:
    return jwt.encode(door.issuer.claims(now=door.clock.now()), door.issuer.private["k1"], algorithm="RS256")


def with_our_key(door: Door) -> str:
    claims = door.issuer.claims(now=door.clock.now())
    return jwt.encode(claims, AUTH_KEY.private, algorithm="EdDSA", headers={"kid": AUTH_KEY.key_id})


@pytest.mark.parametrize(
    "forge",
    [
        signed_with_the_public_key,
        unsigned,
        with_another_algorithm,
        with_a_key_for_encryption,
        with_a_shared_key,
        of_a_stranger,
        without_key_id,
        with_our_key,
    ],
)
async def test_forged_tokens_are_refused(door: Door, forge: Callable[[Door], str]) -> None:
    assert await door.knock(forge(door)) == (401, "token_invalid")
    assert await door.knock(door.token()) == (200, "operator")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-shop"},
        {"aud": None},
        {"sub": None},
        {"sub": 7},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1e300},
        {"iat": None},
        {"iat": []},
        {"iss": "https://elsewhere.example.com"},
    ],
)
async def test_claims_that_do_not_fit_are_refused(door: Door, changes: dict[str, Any]) -> None:
    assert await door.knock(door.token(**changes)) == (401, "token_invalid")


async def test_a_token_counts_from_its_beginning_to_its_end_and_for_an_hour_at_most(door: Door) -> None:
    now = door.clock.now()
    early = door.token(nbf=int((now + MINUTE).timestamp()))
    ahead = door.token(iat=int((now + MINUTE).timestamp()))
    assert [await door.knock(each) for each in (early, ahead)] == [(401, "token_invalid")] * 2
    short, long = door.token(lifetime=10 * MINUTE), door.token(lifetime=timedelta(days=30))
    assert [await door.knock(each) for each in (short, long)] == [(200, "operator")] * 2
    door.clock.advance(11 * MINUTE)
    assert [await door.knock(each) for each in (short, long, early)] == [
        (401, "token_expired"),
        (200, "operator"),
        (200, "operator"),
    ]
    door.clock.advance(LONGEST_LIFETIME)
    assert await door.knock(long) == (401, "token_expired")


async def test_whose_access_was_ended_is_out_with_an_outside_token_too(door: Door) -> None:
    token = door.token()
    door.clock.advance(SECOND)
    door.app.state.verifier.ended.end(subject="u1", email="Sam@example.com", at=door.clock.now())
    assert await door.knock(token) == (401, "token_expired")
    door.clock.advance(SECOND)
    assert await door.knock(door.token()) == (200, "operator")


async def test_a_new_key_is_fetched_once_and_one_that_was_taken_back_ends(door: Door) -> None:
    old = door.token()
    assert await door.knock(old) == (200, "operator")
    door.issuer.add("k2", kind="EC")
    new = door.issuer.sign(door.issuer.claims(now=door.clock.now()), key_id="k2", algorithm="ES256")
    door.clock.advance(PAUSE)
    assert set(await asyncio.gather(*(door.knock(new) for _ in range(20)))) == {(200, "operator")}
    assert await door.knock(old) == (200, "operator")
    assert door.issuer.asked == [DISCOVERY, KEYS] * 2
    del door.issuer.keys["k1"]
    door.clock.advance(KEPT)
    assert await door.knock(new) == (200, "operator")
    assert await door.knock(old) == (401, "token_invalid")


async def test_keys_that_nobody_has_do_not_make_us_ask_each_time(door: Door) -> None:
    assert await door.knock(door.token()) == (200, "operator")
    for number in range(30):
        door.issuer.private[f"x{number}"] = door.issuer.private["k1"]
    door.clock.advance(PAUSE)
    unknown = [door.token(key_id=f"x{number}") for number in range(30)]
    assert {await door.knock(token) for token in unknown} == {(401, "token_invalid")}
    assert door.issuer.asked == [DISCOVERY, KEYS] * 2


@pytest.mark.parametrize("trouble", ["gone", "status", "keys", "issuer", "scheme"])
async def test_while_the_issuer_is_away_or_talks_nonsense_its_known_keys_go_on(door: Door, trouble: str) -> None:
    assert await door.knock(door.token()) == (200, "operator")
    if trouble == "gone":
        door.issuer.changes["jwks_uri"] = "http://127.0.0.1:1/keys"
    elif trouble == "status":
        door.issuer.status = 503
    elif trouble == "keys":
        door.issuer.keys.clear()
    elif trouble == "issuer":
        door.issuer.changes["issuer"] = "http://127.0.0.1:1"
    else:
        door.issuer.changes["jwks_uri"] = "ftp://127.0.0.1/keys"
    door.clock.advance(2 * KEPT)
    assert await door.knock(door.token()) == (200, "operator")


async def test_without_any_key_nobody_can_say_until_the_issuer_is_back(door: Door) -> None:
    door.issuer.status = 500
    assert await door.knock(door.token()) == (503, "service_unavailable")
    door.issuer.status = 200
    assert await door.knock(door.token()) == (503, "service_unavailable"), "not at once again"
    door.clock.advance(PAUSE)
    assert await door.knock(door.token()) == (200, "operator")


async def test_an_issuer_may_write_its_own_name_with_a_slash(door: Door) -> None:
    door.issuer.changes["issuer"] = f"{door.issuer.url}/"
    assert await door.knock(door.token(iss=f"{door.issuer.url}/")) == (200, "operator")
