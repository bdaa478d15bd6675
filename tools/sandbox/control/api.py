"""The way in to the control API: JSON under `/_sandbox` (S-4, X-7)."""

from __future__ import annotations

from sandbox.accounts import Accounts
from sandbox.control.faults import fault_from
from sandbox.control.history import History
from sandbox.control.on_call import OnCall
from sandbox.control.paypal import PaypalDesk
from sandbox.control.problems import ProblemError, body_of, flag, invalid, moment, number, text, whole, won_of
from sandbox.control.square import SquareDesk
from sandbox.control.state import state_of
from sandbox.control.till import Till
from sandbox.core.faults import Fault, Kind
from sandbox.core.http import Record, Request, Response, json_response
from sandbox.core.messages import Channel, iso
from sandbox.core.routing import Router
from sandbox.stripe.cards import Ending
from sandbox.stripe.payments import Payer
from sandbox.world import World

_PAGE = 50
_LARGEST_PAGE = 500
_LONGEST_ADVANCE = 366 * 86_400


class ControlApi:
    """Everything that a person or a checker may do to the sandbox."""

    def __init__(self, world: World, accounts: Accounts, operations: dict[str, list[str]]) -> None:
        self.world = world
        self.operations = operations
        self.till = Till(accounts.stripe)
        self.on_call = OnCall(accounts.slack, accounts.incidents)
        self.paypal = PaypalDesk(accounts.paypal)
        self._history = History(accounts.stripe, self.till)
        self._accounts = accounts
        self._stripe = accounts.stripe
        self._twilio = accounts.twilio
        square = SquareDesk(accounts.square)
        self._router = Router()
        for method, path, handler in (
            ("GET", "messages", self._messages),
            ("DELETE", "messages", self._clear_messages),
            ("GET", "messages/{id}", self._message),
            ("POST", "stripe/sessions/{id}/pay", self._pay),
            ("POST", "stripe/invoices/{id}/pay", self._pay_invoice),
            ("POST", "stripe/charges/{id}/dispute", self._dispute),
            ("POST", "stripe/charges/{id}/refund", self._refund),
            ("POST", "stripe/refunds/{id}/fail", self._fail_refund),
            ("POST", "stripe/disputes/{id}/close", self._close_dispute),
            ("POST", "stripe/disputes/{id}/withdraw", self._withdraw),
            ("POST", "stripe/accounts/{id}", self._onboard),
            ("POST", "stripe/accounts/{id}/deauthorize", self._deauthorize),
            ("POST", "stripe/events/{id}/resend", self._resend),
            ("POST", "stripe/history", self._happened),
            ("POST", "twilio/reply", self._reply),
            ("POST", "square/payments", square.sell),
            ("POST", "square/payments/{id}/refund", square.refund),
            ("POST", "square/payments/{id}/dispute", square.dispute),
            ("POST", "square/refunds/{id}/fail", square.fail_refund),
            ("POST", "square/disputes/{id}/close", square.close_dispute),
            ("POST", "square/links/{id}/pay", square.pay),
            ("POST", "square/sellers/{id}/revoke", square.revoke),
            ("GET", "slack/messages/{ts}", self.on_call.message),
            ("POST", "slack/messages/{ts}/press", self.on_call.press_button),
            ("GET", "pagerduty/incidents", self.on_call.incidents),
            ("POST", "pagerduty/incidents/{id}/{action}", self.on_call.answer_page),
            ("GET", "faults", self._faults),
            ("POST", "faults", self._add_fault),
            ("DELETE", "faults", self._clear_faults),
            ("DELETE", "faults/{id}", self._remove_fault),
            ("POST", "clock/advance", self._advance),
            ("GET", "state", self._state),
            *self.paypal.routes(),
        ):
            self._router.add(method, f"/_sandbox/{path}", handler)

    async def handle(self, request: Request) -> Response:
        route = self._router.find(request)
        try:
            if route is None:
                raise self._unknown(request)
            return await route.handler(request)
        except ProblemError as problem:
            response = problem.response()
            if problem.status == 405:
                response.headers["allow"] = ", ".join(self._router.allowed(request.path))
            return response

    def add_fault(self, body: Record) -> Fault:
        """Raises ProblemError."""
        fault = fault_from(body, self.world.faults, self.operations)
        self.world.faults.add(fault)
        return fault

    async def advance(self, seconds: float) -> Record:
        due = await self.world.timers.advance(seconds)
        return {
            "now": iso(self.world.timers.wall()),
            "advancedSeconds": round(self.world.timers.advanced_seconds),
            "cameDue": due,
        }

    def _unknown(self, request: Request) -> ProblemError:
        if self._router.allowed(request.path):
            return ProblemError(405, "method_not_allowed", f"{request.path} doesn't take {request.method}.")
        return ProblemError(404, "not_found", f"The control API has no {request.path}.")

    async def _messages(self, request: Request) -> Response:
        query = request.query_dict()
        channel, cursor = query.get("channel"), query.get("cursor")
        if channel is not None and channel not in {each.value for each in Channel}:
            raise invalid("channel", f"channel must be one of {', '.join(each.value for each in Channel)}.")
        since = moment(query["since"], "since") if query.get("since") else None
        found = self.world.messages.newest(channel=channel, to=query.get("to"), since=since)
        ids = [message.id for message in found]
        start = ids.index(cursor) + 1 if cursor in ids else 0
        limit = min(int(query["limit"]), _LARGEST_PAGE) if query.get("limit", "").isdigit() else _PAGE
        page = found[start : start + limit]
        more = page[-1].id if page and len(found) > start + limit else None
        return json_response({"data": [message.as_json() for message in page], "nextCursor": more})

    async def _message(self, request: Request) -> Response:
        message = self.world.messages.get(request.path_params["id"])
        if message is None:
            raise ProblemError(404, "unknown_message", "The sandbox has no message of that id.")
        return json_response(message.as_json())

    async def _clear_messages(self, _: Request) -> Response:
        return json_response({"deleted": self.world.messages.clear()})

    async def _pay(self, request: Request) -> Response:
        body = body_of(request)
        session = self.till.session(request.path_params["id"])
        way = self.till.way(text(body, "card"))
        payer = Payer(email=text(body, "email", otherwise="jordan.ellis@example.com"))
        answer = body.get("authentication")
        waiting = answer is not None and self._waits(session)
        ending = Ending.REQUIRES_ACTION if waiting else self.till.pay(session, way, payer)
        if ending is Ending.REQUIRES_ACTION and answer is not None:
            if answer not in ("approve", "refuse"):
                raise invalid("authentication", "authentication must be approve or refuse.")
            ending = self.till.authenticate(session, approved=answer == "approve")
        return json_response(self._paid(session, ending))

    async def _pay_invoice(self, request: Request) -> Response:
        body, invoice = body_of(request), self.till.invoice(request.path_params["id"])
        way = self.till.way(text(body, "card", otherwise="4242424242424242"))
        ending = self.till.pay_invoice(invoice, way, whole(body, "amount", least=1))
        return json_response({"outcome": ending.value, "id": invoice["id"], "status": invoice["status"]})

    def _waits(self, session: Record) -> bool:
        intent = self.till.holder(session["id"]).state.intents.find(session["payment_intent"] or "")
        return intent is not None and intent["status"] == "requires_action"

    def _paid(self, session: Record, ending: Ending) -> Record:
        state = self.till.holder(session["id"]).state
        intent = state.intents.find(session["payment_intent"] or "") or {}
        error = self.till.last_error(session) if ending is Ending.DECLINED else None
        return {
            "outcome": ending.value, "sessionId": session["id"], "status": session["status"],
            "paymentStatus": session["payment_status"], "paymentIntent": session["payment_intent"],
            "charge": intent.get("latest_charge"), "error": error and error.get("decline_code", error["code"]),
        }  # fmt: skip

    async def _dispute(self, request: Request) -> Response:
        body, charge = body_of(request), self.till.charge(request.path_params["id"])
        reason = text(body, "reason", otherwise="fraudulent")
        amount, inquiry = whole(body, "amount", least=1), flag(body, "inquiry")
        dispute = self.till.dispute(charge, amount=amount, reason=reason, inquiry=inquiry)
        return json_response({"id": dispute["id"], "status": dispute["status"], "charge": charge["id"]}, status=201)

    async def _refund(self, request: Request) -> Response:
        body, charge = body_of(request), self.till.charge(request.path_params["id"])
        reason = body.get("reason") and text(body, "reason")
        refund = self.till.refund(charge, amount=whole(body, "amount", least=1), reason=reason)
        return json_response({"id": refund["id"], "amount": refund["amount"], "charge": charge["id"]}, status=201)

    async def _fail_refund(self, request: Request) -> Response:
        reason = text(body_of(request), "reason", otherwise="expired_or_canceled_card")
        refund = self.till.fail_refund(request.path_params["id"], reason)
        return json_response({"id": refund["id"], "status": refund["status"], "charge": refund["charge"]})

    async def _close_dispute(self, request: Request) -> Response:
        dispute = self.till.close_dispute(request.path_params["id"], won=won_of(body_of(request)))
        return json_response({"id": dispute["id"], "status": dispute["status"]})

    async def _withdraw(self, request: Request) -> Response:
        dispute = self.till.withdraw(request.path_params["id"])
        return json_response({"id": dispute["id"], "status": dispute["status"]})

    async def _onboard(self, request: Request) -> Response:
        body = body_of(request)
        account = self.till.onboard(
            request.path_params["id"],
            charges_enabled=flag(body, "chargesEnabled"),
            details_submitted=flag(body, "detailsSubmitted"),
        )
        return json_response({"id": account["id"], "chargesEnabled": account["charges_enabled"]})

    async def _deauthorize(self, request: Request) -> Response:
        account_id = request.path_params["id"]
        self.till.let_go(account_id)
        return json_response({"id": account_id})

    async def _resend(self, request: Request) -> Response:
        event = self._stripe.state.events.find(request.path_params["id"])
        if event is None:
            raise ProblemError(404, "unknown_event", "The sandbox has no event of that id.")
        endpoints = [endpoint["id"] for endpoint in self._stripe.state.endpoints]
        for endpoint_id in endpoints:
            self._stripe.events.resend(event, endpoint_id)
        return json_response({"id": event["id"], "endpoints": endpoints}, status=202)

    async def _happened(self, request: Request) -> Response:
        return json_response({"data": self._history.happened(body_of(request))}, status=201)

    async def _reply(self, request: Request) -> Response:
        body = body_of(request)
        sms = self._twilio.reply(
            sender=text(body, "from"), to=text(body, "to", otherwise=self._twilio.number), body=text(body, "body")
        )
        return json_response({"sid": sms["sid"], "status": sms["status"]}, status=201)

    async def _faults(self, _: Request) -> Response:
        data = [fault.as_json() for fault in self.world.faults.all()]
        kinds = [kind.value for kind in Kind]
        return json_response({"data": data, "nextCursor": None, "kinds": kinds, "operations": self.operations})

    async def _add_fault(self, request: Request) -> Response:
        return json_response(self.add_fault(body_of(request)).as_json(), status=201)

    async def _clear_faults(self, _: Request) -> Response:
        return json_response({"deleted": self.world.faults.clear()})

    async def _remove_fault(self, request: Request) -> Response:
        if not self.world.faults.remove(request.path_params["id"]):
            raise ProblemError(404, "unknown_fault", "The sandbox has no fault of that id.")
        return json_response({"deleted": 1})

    async def _advance(self, request: Request) -> Response:
        seconds = number(body_of(request), "seconds", least=0)
        if seconds > _LONGEST_ADVANCE:
            raise invalid("seconds", "seconds may be a year at most.")
        return json_response(await self.advance(seconds))

    async def _state(self, request: Request) -> Response:
        summary = request.query_dict().get("summary") in ("1", "true")
        return json_response(state_of(self.world, self._accounts, summary=summary))
