from __future__ import annotations

import uuid
from datetime import timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from chassis import base45
from chassis.clock import ManualClock
from chassis.keys import PublicKeys, SigningKey
from chassis.tickets import TicketClaims, TicketInvalid, TicketSigner, TicketVerifier
from chassis.tokens import (
    Role,
    ServiceTokenInvalid,
    ServiceTokens,
    TokenExpired,
    TokenInvalid,
    TokenSigner,
    TokenVerifier,
)
from chassis.tokens.ended import LONGEST_LIFETIME, EndedAccess

KEY = SigningKey.generate("auth-1")
OTHER = SigningKey.generate("auth-2")
MINUTE = timedelta(minutes=1)


def merged(*keys: SigningKey) -> PublicKeys:
    return PublicKeys.parse(",".join(key.public_keys().export() for key in keys))


@pytest.mark.proves("C-12")
def test_token_says_who_and_expires() -> None:
    clock = ManualClock()
    token = TokenSigner(KEY, clock=clock).issue("user-1", email="ops@example.com", role=Role.OPERATOR)
    verifier = TokenVerifier(KEY.public_keys(), clock=clock)
    principal = verifier.verify(token)
    assert (principal.subject, principal.email, principal.role) == ("user-1", "ops@example.com", Role.OPERATOR)
    assert principal.provider is None
    clock.advance(15 * MINUTE)
    assert verifier.verify(token) == principal
    clock.advance(timedelta(seconds=6))
    with pytest.raises(TokenExpired):
        verifier.verify(token)


@pytest.mark.proves("C-12")
def test_what_was_issued_before_access_ended_is_over_by_account_and_by_email() -> None:
    clock = ManualClock()
    signer, verifier = TokenSigner(KEY, clock=clock), TokenVerifier(KEY.public_keys(), clock=clock)
    signed_in = signer.issue("user-1", email="pat@example.com", role=Role.ADMIN)
    from_a_command = signer.issue("Pat@example.com", email="Pat@example.com", role=Role.ADMIN)
    somebody_else = signer.issue("user-2", email="ann@example.com", role=Role.ADMIN)
    reader = verifier.verify(signed_in)
    assert not verifier.was_ended(reader)
    clock.advance(timedelta(milliseconds=2))
    verifier.ended.end(subject="user-1", email="pat@example.com", at=clock.now())
    verifier.ended.end(subject="user-1", email="pat@example.com", at=clock.now() - MINUTE)
    for token in (signed_in, from_a_command):
        with pytest.raises(TokenExpired, match="ended or changed"):
            verifier.verify(token)
    assert verifier.was_ended(reader)
    assert verifier.verify(somebody_else).subject == "user-2"
    assert verifier.verify(signer.issue("user-1", email="pat@example.com", role=Role.VIEWER)).role is Role.VIEWER


def test_ended_access_is_remembered_no_longer_than_a_token_lives() -> None:
    clock = ManualClock()
    ended = EndedAccess(clock=clock)
    ended.end(subject="user-1", email="pat@example.com", at=clock.now())
    ended.end(subject="user-3", email="old@example.com", at=clock.now() - LONGEST_LIFETIME - MINUTE)
    assert len(ended) == 2
    clock.advance(LONGEST_LIFETIME + MINUTE)
    ended.end(subject="user-2", email="ann@example.com", at=clock.now())
    assert len(ended) == 2


@pytest.mark.proves("C-12")
def test_keys_can_be_rotated() -> None:
    old, new = (TokenSigner(key).issue("u", email="u@example.com", role=Role.ADMIN) for key in (KEY, OTHER))
    both = TokenVerifier(merged(KEY, OTHER))
    assert both.verify(old).role is both.verify(new).role is Role.ADMIN
    with pytest.raises(TokenInvalid):
        TokenVerifier(OTHER.public_keys()).verify(old)


def test_provider_tokens_are_bound_to_one() -> None:
    verifier = TokenVerifier(KEY.public_keys())
    signer = TokenSigner(KEY)
    bound = signer.issue("p", email="p@example.com", role=Role.PROVIDER, provider="prov-1")
    assert verifier.verify(bound).provider == "prov-1"
    for role, provider in ((Role.PROVIDER, None), (Role.ADMIN, "prov-1")):
        with pytest.raises(TokenInvalid):
            verifier.verify(signer.issue("p", email="p@example.com", role=role, provider=provider))


def test_roles_are_a_ladder_with_the_provider_beside_it() -> None:
    ladder = [Role.VIEWER, Role.OPERATOR, Role.ADMIN]
    for at, role in enumerate(ladder):
        assert [role.allows(needed) for needed in ladder] == [place <= at for place in range(3)]
        assert not role.allows(Role.PROVIDER)
        assert not Role.PROVIDER.allows(role)


def forged(algorithm: str, key: object, **changes: object) -> str:
    claims: dict[str, object] = {"iss": "fullhouse", "sub": "u", "email": "e", "role": "admin"}
    claims |= {"iat": 1, "exp": 99999999999, "jti": "j", **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": KEY.key_id})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        "é",
        forged("none", None),
        forged("HS256", "k" * 32),
        forged("EdDSA", OTHER.private),
        forged("EdDSA", KEY.private, iss="someone"),
        forged("EdDSA", KEY.private, role="root"),
        forged("EdDSA", KEY.private, role=["admin"]),
        forged("EdDSA", KEY.private, exp=None),
        forged("EdDSA", KEY.private, iat="now"),
        forged("EdDSA", KEY.private, jti=None),
    ],
)
def test_forged_tokens_are_refused(token: str) -> None:
    with pytest.raises(TokenInvalid):
        TokenVerifier(KEY.public_keys()).verify(token)


def test_service_tokens_are_for_one_audience_and_a_minute() -> None:
    clock = ManualClock()
    tokens = ServiceTokens([SecretStr("k" * 32)], clock=clock)
    token = tokens.issue("checkout", "inventory")
    assert tokens.verify(token, "inventory").name == "checkout"
    assert tokens.issue("checkout", "inventory") == token
    with pytest.raises(ServiceTokenInvalid):
        tokens.verify(token, "notifier")
    with pytest.raises(ServiceTokenInvalid):
        ServiceTokens([SecretStr("x" * 32)], clock=clock).verify(token, "inventory")
    clock.advance(MINUTE / 2)
    assert tokens.issue("checkout", "inventory") != token
    clock.advance(MINUTE)
    with pytest.raises(ServiceTokenInvalid):
        tokens.verify(token, "inventory")
    with pytest.raises(ServiceTokenInvalid):
        tokens.verify("rubbish", "inventory")


@pytest.mark.proves("O-9")
def test_a_service_with_both_keys_understands_those_with_either() -> None:
    old, new = SecretStr("o" * 32), SecretStr("n" * 32)
    before, between, after = ServiceTokens([old]), ServiceTokens([new, old]), ServiceTokens([new])
    for caller, key in ((before, old), (between, new), (after, new)):
        assert between.verify(caller.issue("checkout", "inventory"), "inventory").key == key
    with pytest.raises(ServiceTokenInvalid):
        before.verify(between.issue("checkout", "inventory"), "inventory")


def test_keys_are_read_in_both_alphabets_and_written_back() -> None:
    text = KEY.export()
    assert SigningKey.parse(text).export() == text
    assert SigningKey.parse(text.replace("+", "-").replace("/", "_").rstrip("=")).export() == text
    assert merged(KEY, OTHER).export() == f"{KEY.public_keys().export()},{OTHER.public_keys().export()}"
    assert text.split(":")[1] not in repr(KEY)


@pytest.mark.parametrize("text", ["", "nokey", "a b:AAAA", "a:!!!!", "a:AAAA", ","])
def test_keys_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="keyid:base64"):
        PublicKeys.parse(text)
    with pytest.raises(ValueError, match="keyid:base64"):
        SigningKey.parse(text)


def test_two_keys_of_one_id_are_refused() -> None:
    text = KEY.public_keys().export()
    with pytest.raises(ValueError, match="same id"):
        PublicKeys.parse(f"{text},{text}")


SIGNER = TicketSigner(KEY)
VERIFIER = TicketVerifier(merged(OTHER, KEY))


@pytest.mark.proves("I-3")
@given(st.uuids(), st.integers(1, 0xFFFF), st.integers(1, 255), st.sampled_from(["dallas-jan-2027", "demo"]))
def test_ticket_codes_are_read_back(order_id: uuid.UUID, seat: int, issue: int, city_id: str) -> None:
    claims = TicketClaims.of(order_id, seat=seat, city_id=city_id, issue=issue)
    code = SIGNER.sign(claims)
    assert VERIFIER.verify(code) == claims
    assert VERIFIER.verify(f" {code.strip()}\n") == claims
    assert claims.is_for(city_id)
    assert not claims.is_for("somewhere-else")
    assert len(code) == 139
    assert set(code) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@pytest.mark.proves("I-3")
@given(st.data())
def test_a_code_with_another_character_is_no_ticket(data: st.DataObject) -> None:
    code = SIGNER.sign(TicketClaims.of(uuid.UUID(int=7), seat=1, city_id="demo"))
    at = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:").filter(lambda c: c != code[at]))
    with pytest.raises(TicketInvalid):
        VERIFIER.verify(code[:at] + other + code[at + 1 :])


@given(st.text(max_size=200))
def test_no_text_but_ours_is_a_ticket(text: str) -> None:
    for attempt in (text, f"FH1:{text}"):
        with pytest.raises(TicketInvalid):
            VERIFIER.verify(attempt)


def test_ticket_of_another_installation_is_refused() -> None:
    foreign = TicketSigner(SigningKey.generate(KEY.key_id)).sign(TicketClaims.of(uuid.uuid4(), seat=1, city_id="demo"))
    with pytest.raises(TicketInvalid):
        VERIFIER.verify(foreign)


def test_seats_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="don't fit"):
        SIGNER.sign(TicketClaims.of(uuid.uuid4(), seat=0, city_id="demo"))


@given(st.binary(max_size=100))
def test_base45_reads_back_what_it_wrote(raw: bytes) -> None:
    assert base45.decode(base45.encode(raw)) == raw


@pytest.mark.parametrize(
    ("raw", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")]
)
def test_base45_is_the_standards(raw: bytes, text: str) -> None:
    assert base45.encode(raw) == text
    assert base45.decode(text) == raw


@pytest.mark.parametrize("text", ["a", "GGW", "::", ":::", "A"])
def test_base45_refuses_what_it_can_not_have_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"base45|damaged"):
        base45.decode(text)
