"""Paths to pages."""

from __future__ import annotations

from chassis.errors import Condition
from sandbox.accounts import Accounts
from sandbox.control.api import ControlApi
from sandbox.control.problems import ProblemError
from sandbox.core.http import Request, Response, redirect
from sandbox.core.routing import Router
from sandbox.pages.chat import ChatPages
from sandbox.pages.connect import StripeConnectPages
from sandbox.pages.control import ControlPages
from sandbox.pages.invoice import InvoicePages
from sandbox.pages.live import Live
from sandbox.pages.messages import MessagePages
from sandbox.pages.pager import PagerPages
from sandbox.pages.pay import PayPages
from sandbox.pages.payments import PaymentPages
from sandbox.pages.paypal import PaypalPages
from sandbox.pages.render import Pages
from sandbox.pages.square import SquarePages
from sandbox.world import World


class Site:
    """All pages of one sandbox."""

    def __init__(self, world: World, accounts: Accounts, control: ControlApi) -> None:
        self._pages = Pages(world)
        pay = PayPages(self._pages, accounts.stripe, control.till)
        invoices = InvoicePages(self._pages, control.till)
        payments = PaymentPages(self._pages, accounts.stripe, control.till)
        connect = StripeConnectPages(self._pages, accounts.stripe)
        square = SquarePages(self._pages, accounts.square)
        messages = MessagePages(self._pages, world, accounts.twilio, accounts.sendgrid.outbox)
        chat = ChatPages(self._pages, world, accounts.slack, control.on_call)
        pager = PagerPages(self._pages, world, accounts.incidents, control.on_call)
        paypal = PaypalPages(self._pages, control.paypal)
        controls = ControlPages(self._pages, control, accounts.stripe)
        self._router = Router()
        for method, path, handler in (
            ("GET", "/", _home),
            ("GET", "/payments", payments.show),
            ("POST", "/payments/charges/{id}/refund", payments.refund),
            ("POST", "/payments/charges/{id}/dispute", payments.dispute),
            ("POST", "/payments/refunds/{id}/fail", payments.fail_refund),
            ("POST", "/payments/disputes/{id}/close", payments.close),
            ("GET", "/pay/{id}", pay.show),
            ("POST", "/pay/{id}", pay.submit),
            ("GET", "/pay/{id}/authenticate", pay.question),
            ("POST", "/pay/{id}/authenticate", pay.answer),
            ("GET", "/invoice/{id}", invoices.show),
            ("POST", "/invoice/{id}", invoices.submit),
            ("GET", "/checkoutnow", paypal.order),
            ("POST", "/checkoutnow", paypal.approve),
            ("GET", "/signin/authorize", paypal.ask),
            ("POST", "/signin/authorize", paypal.agree),
            ("GET", "/pay/square/{id}", square.show),
            ("POST", "/pay/square/{id}", square.submit),
            ("GET", "/connect/stripe", connect.question),
            ("POST", "/connect/stripe", connect.answer),
            ("GET", "/connect/square", square.question),
            ("POST", "/connect/square", square.answer),
            ("GET", "/messages", messages.show),
            ("POST", "/messages/reply", messages.reply),
            ("POST", "/messages/clear", messages.clear),
            ("GET", "/messages/live", Live(world).show),
            ("GET", "/messages/mail/{id}/html", messages.frame),
            ("GET", "/messages/mail/{id}/attachments/{place}", messages.attachment),
            ("GET", "/chat", chat.show),
            ("POST", "/chat/press", chat.press),
            ("GET", "/pager", pager.show),
            ("POST", "/pager/{id}/acknowledge", pager.acknowledge),
            ("POST", "/pager/{id}/resolve", pager.resolve),
            ("GET", "/control", controls.show),
            ("POST", "/control/faults", controls.add_fault),
            ("POST", "/control/faults/clear", controls.clear_faults),
            ("POST", "/control/faults/{id}/remove", controls.remove_fault),
            ("POST", "/control/clock", controls.advance),
        ):
            self._router.add(method, path, handler)

    async def handle(self, request: Request) -> Response:
        route = self._router.find(request)
        try:
            if request.path.startswith("/static/"):
                return self._static(request)
            if route is None:
                raise self._unknown(request)
            return await route.handler(request)
        except ProblemError as problem:
            values = {"title": "Not here", "sentence": str(problem)}
            return self._pages.page("problem.html", values, status=problem.status)

    def _static(self, request: Request) -> Response:
        try:
            return self._pages.static(request)
        except Condition as refused:
            raise ProblemError(refused.status, refused.code, refused.detail) from refused

    def _unknown(self, request: Request) -> ProblemError:
        if self._router.allowed(request.path):
            return ProblemError(405, "method_not_allowed", "This address doesn't take what was sent to it.")
        return ProblemError(404, "not_found", "The sandbox has no page at this address.")


async def _home(_: Request) -> Response:
    return redirect("/payments")
