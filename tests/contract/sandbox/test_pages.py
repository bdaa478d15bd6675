"""The pages, as a browser without JavaScript gets them (S-3)."""

from __future__ import annotations

import base64
import re

import pytest
import requests
from sendgrid.helpers.mail import Attachment, ContentId, FileContent, FileName, FileType, Mail

from tests.contract.sandbox.support import OUR_NUMBER, Receiver, Running, serving

pytestmark = pytest.mark.proves("S-3")

OWNER = "+13525550142"


def _page(sandbox: Running, path: str, status: int = 200) -> str:
    answer = sandbox.http.get(sandbox.url + path)
    assert answer.status_code == status
    assert "No money moves." in answer.text
    return answer.text


def _submit(sandbox: Running, path: str, **form: str) -> requests.Response:
    return sandbox.http.post(sandbox.url + path, data=form, allow_redirects=False)


def test_the_pay_page_says_what_is_paid_and_pays_with_one_press(sandbox: Running) -> None:
    session = sandbox.new_session()
    assert session.url == f"http://127.0.0.1:8090/pay/{session.id}"
    page = _page(sandbox, f"/pay/{session.id}")
    assert "Pay $958.40 in the sandbox" in page
    assert "4242 4242 4242 4242" in page
    assert "https://tickets.example.com/cancel" in page
    assert "<script" not in page
    answer = _submit(sandbox, f"/pay/{session.id}", card="4242424242424242")
    assert (answer.status_code, answer.headers["location"]) == (
        303, f"https://tickets.example.com/success?session={session.id}",
    )  # fmt: skip
    sandbox.receiver.wait_for_stripe("checkout.session.completed")
    assert "This was paid" in _page(sandbox, f"/pay/{session.id}")
    assert _submit(sandbox, f"/pay/{session.id}", card="4242424242424242").status_code == 409


def test_the_pay_page_says_what_the_shop_says_of_the_seats(sandbox: Running) -> None:
    held = "Your seats are held until 2:24 PM CST."
    session = sandbox.new_session(custom_text={"submit": {"message": held}})
    assert held in _page(sandbox, f"/pay/{session.id}")
    assert held not in _page(sandbox, f"/pay/{sandbox.new_session().id}")


def test_the_form_may_end_at_the_shop(sandbox: Running) -> None:
    session = sandbox.new_session()
    policy = sandbox.http.get(f"{sandbox.url}/pay/{session.id}").headers["content-security-policy"]
    assert "form-action 'self' https://tickets.example.com" in policy
    assert "default-src 'none'" in policy


def test_a_declined_card_says_so_and_lets_one_try_again(sandbox: Running) -> None:
    session = sandbox.new_session()
    answer = _submit(sandbox, f"/pay/{session.id}", card="4000000000009995")
    assert answer.status_code == 402
    assert "Your card has insufficient funds. Nothing was charged. Try another card." in answer.text
    assert _submit(sandbox, f"/pay/{session.id}").status_code == 422
    assert _submit(sandbox, f"/pay/{session.id}", card="5555555555554444").status_code == 303


@pytest.mark.parametrize(
    ("answer", "place"), [("approve", "tickets.example.com/success"), ("refuse", "Nothing was charged")]
)
def test_the_bank_asks(sandbox: Running, answer: str, place: str) -> None:
    session = sandbox.new_session()
    asked = _submit(sandbox, f"/pay/{session.id}", card="4000002500003155").headers["location"]
    assert "Your bank asks" in _page(sandbox, asked)
    ended = _submit(sandbox, asked, answer=answer)
    assert place in ended.headers.get("location", "") + ended.text


def test_an_unknown_session_and_page_say_so(sandbox: Running) -> None:
    assert "no session" in _page(sandbox, "/pay/cs_test_none", 404)
    _page(sandbox, "/nowhere", 404)
    _page(sandbox, "/static/nothing.css", 404)
    assert "The session expired" in _page(sandbox, f"/pay/{_expired(sandbox)}")


def _expired(sandbox: Running) -> str:
    session = sandbox.new_session()
    sandbox.stripe.v1.checkout.sessions.expire(session.id)
    return str(session.id)


def test_payments_are_listed_and_disputed(sandbox: Running) -> None:
    assert "No session yet" in _page(sandbox, "/payments")
    session = sandbox.new_session(metadata={"orderId": "<b>order</b>"})
    sandbox.pay(session.id, "4242424242424242")
    page = _page(sandbox, "/payments")
    assert "&lt;b&gt;order&lt;/b&gt;" in page
    charge = re.search(r"/payments/charges/(ch_\w+)/dispute", page)
    assert charge is not None
    assert _submit(sandbox, charge[0]).status_code == 303
    closing = re.search(r"/payments/disputes/du_\w+/close", _page(sandbox, "/payments"))
    assert closing is not None
    assert _submit(sandbox, closing[0], outcome="won").status_code == 303
    assert _submit(sandbox, f"/payments/charges/{charge[1]}/refund").status_code == 303
    page = _page(sandbox, "/payments")
    assert "Refunded" in page
    refund = re.search(r"/payments/refunds/(re_\w+)/fail", page)
    assert refund
    assert _submit(sandbox, f"/payments/refunds/{refund[1]}/fail").status_code == 303
    assert "Refunded" not in _page(sandbox, "/payments")


def test_the_phone_shows_texts_and_replies(sandbox: Running) -> None:
    assert "No text yet" in _page(sandbox, "/messages")
    sandbox.twilio.messages.create(to=OWNER, from_=OUR_NUMBER, body="5 of 10 failed <now>. Reply ACK 4471")
    page = _page(sandbox, "/messages")
    assert "5 of 10 failed &lt;now&gt;. Reply ACK 4471" in page
    assert "+1 352 555 0142" in page
    assert _submit(sandbox, "/messages/reply", phone=OWNER, body="ACK 4471").status_code == 303
    assert sandbox.receiver.wait(1)[0].form()["Body"] == "ACK 4471"
    assert "sent by you" in _page(sandbox, f"/messages?phone=%2B{OWNER[1:]}")


def _mailed(sandbox: Running) -> str:
    mail = Mail("tickets@example.com", "jordan.ellis@example.com", "Your seats", "In text",
                '<img src="cid:qr1"><script>top.location="x"</script>')  # fmt: skip
    qr = Attachment(FileContent(base64.b64encode(b"png").decode()), FileName("qr.png"), FileType("image/png"))
    qr.content_id = ContentId("qr1")
    mail.add_attachment(qr)
    mail.add_attachment(
        Attachment(FileContent(base64.b64encode(b"<script>").decode()), FileName("a.html"), FileType("text/html"))
    )
    sandbox.sendgrid.send(mail)
    return str(sandbox.messages(channel="email")[0]["id"])


def test_the_inbox_shows_a_mail_without_letting_it_run(sandbox: Running) -> None:
    mail = _mailed(sandbox)
    page = _page(sandbox, f"/messages?mail={mail}")
    frame = re.search(r'<iframe[^>]* sandbox="([^"]*)" src="([^"]*)"', page)
    assert frame is not None
    assert "allow-scripts" not in frame[1]
    assert "allow-same-origin" not in frame[1]
    shown = sandbox.http.get(sandbox.url + frame[2])
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert f"data:image/png;base64,{base64.b64encode(b'png').decode()}" in shown.text
    assert "In text" in _page(sandbox, f"/messages?mail={mail}&view=text")
    assert "Subject: Your seats" in _page(sandbox, f"/messages?mail={mail}&view=source")


def test_attachments_download_and_are_never_shown(sandbox: Running) -> None:
    mail = _mailed(sandbox)
    for place in range(2):
        answer = sandbox.http.get(f"{sandbox.url}/messages/mail/{mail}/attachments/{place}")
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-type"] in ("image/png", "application/octet-stream")
    assert sandbox.http.get(f"{sandbox.url}/messages/mail/{mail}/attachments/2").status_code == 404


def test_the_control_page_sets_faults_and_moves_the_clock(sandbox: Running) -> None:
    assert "No faults." in _page(sandbox, "/control")
    form = {"target": "twilio messages.create", "kind": "error", "sharePercent": "10", "status": "503", "count": ""}
    assert _submit(sandbox, "/control/faults", **form).status_code == 303
    fault = sandbox.control("GET", "faults")["data"][0]
    assert (fault["vendor"], fault["operation"], fault["share"], fault["status"]) == (
        "twilio",
        "messages.create",
        0.1,
        503,
    )
    assert "Twilio messages.create: error, 10% of calls" in _page(sandbox, "/payments")
    for typed in ("300", "many", "nan"):
        refused = _submit(sandbox, "/control/faults", target="twilio", kind="error", sharePercent=typed)
        assert "Share of calls must be a number from 0 to 100." in refused.text
    assert _submit(sandbox, f"/control/faults/{fault['id']}/remove").status_code == 303
    assert _submit(sandbox, "/control/clock", seconds="180").status_code == 303
    assert sandbox.control("GET", "state?summary=1")["clock"]["advancedSeconds"] >= 180


@pytest.mark.proves("S-5")
def test_callbacks_go_straight_to_the_services_when_told_so(receiver: Receiver) -> None:
    with serving(
        receiver, PUBLIC_URL="https://tickets.example.com", SANDBOX_CALLBACK_URL_STRIPE=receiver.url
    ) as sandbox:
        session = sandbox.new_session()
        sandbox.pay(session.id, "4242424242424242")
        assert receiver.wait_for_stripe("checkout.session.completed")[0].path == "/api/webhooks/stripe"


def test_a_page_of_another_site_reaches_nothing(sandbox: Running) -> None:
    strange = sandbox.http.get(f"{sandbox.url}/payments", headers={"Host": "evil.example"})
    assert strange.status_code == 403
    crossing = {"Sec-Fetch-Site": "cross-site"}
    assert sandbox.http.post(f"{sandbox.url}/_sandbox/faults", json={}, headers=crossing).status_code == 403


def test_a_password_opens_pages_and_control_to_those_who_know_it(receiver: Receiver) -> None:
    with serving(receiver, SANDBOX_PASSWORD="let me in") as sandbox:
        for path in ("/payments", "/_sandbox/state"):
            assert sandbox.http.get(sandbox.url + path).status_code == 401
            assert sandbox.http.get(sandbox.url + path, auth=("anyone", "wrong")).status_code == 401
            assert sandbox.http.get(sandbox.url + path, auth=("anyone", "let me in")).status_code == 200
        assert sandbox.new_session().id
        assert sandbox.http.get(f"{sandbox.url}/readyz").status_code == 200
