"""Corner's own side, in memory: what its API answers, and what its buyers and sellers do."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession, web

from tests.contract.processors.example.corner import SIGNATURE

Record = dict[str, Any]
PAGE = 50


class CornerService:
    """One process of Corner's. `tokens` are the accounts of access tokens, `faults` what goes wrong, by path."""

    def __init__(self) -> None:
        self.url = ""
        self.accounts: dict[str, Record] = {}
        self.tokens: dict[str, str] = {}
        self.refresh: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.pages: dict[str, Record] = {}
        self.payments: dict[str, Record] = {}
        self.refunds: dict[str, Record] = {}
        self.disputes: dict[str, Record] = {}
        self.hooks: dict[str, Record] = {}
        self.faults: dict[str, tuple[str, int | None]] = {}
        self._by_key: dict[str, tuple[str, Record]] = {}
        self._http: ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CornerService]:
        app = web.Application(middlewares=[self._go_wrong])
        app.router.add_routes([web.route("*", "/{rest:.*}", self._answer)])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with ClientSession() as self._http:
            yield self
        await runner.cleanup()

    def open_account(self, currency: str) -> str:
        """Its access token."""
        account, token = f"acc-{uuid4()}", f"token-{uuid4()}"
        self.accounts[account] = {"id": account, "name": "Elm Street Barbers", "currency": currency}
        self.tokens[token] = account
        return token

    def sell(self, account: str, amount: int, *, at: datetime, key: str | None = None) -> Record:
        payment_id = f"pay-{uuid4()}"
        payment = {
            "id": payment_id, "account": account, "key": key, "amount": amount, "refunded": 0, "refund": None,
            "currency": self.accounts[account]["currency"], "created": at.isoformat(), "updated": at.isoformat(),
        }  # fmt: skip
        self.payments[payment_id] = payment
        return payment

    def give_back(self, payment: Record, amount: int, *, key: str | None = None) -> Record:
        payment["refunded"] += amount
        payment["updated"] = datetime.now(UTC).isoformat()
        refund = {
            "id": f"ref-{uuid4()}", "payment": payment["id"], "amount": amount, "currency": payment["currency"],
            "key": key,
        }  # fmt: skip
        payment["refund"] = refund
        self.refunds[refund["id"]] = refund
        return refund

    async def dispute(self, payment: Record) -> str:
        now = datetime.now(UTC).isoformat()
        dispute = {
            "dispute_id": f"dis-{uuid4()}", "payment_id": payment["id"], "amount": payment["amount"], "status": "open",
            "currency": payment["currency"], "opened_at": now, "changed_at": now,
        }  # fmt: skip
        self.disputes[dispute["dispute_id"]] = dispute
        await self._tell_of(dispute)
        return str(dispute["dispute_id"])

    async def decide(self, dispute: Record, status: str) -> None:
        dispute |= {"status": status, "changed_at": datetime.now(UTC).isoformat()}
        await self._tell_of(dispute)

    async def _tell_of(self, dispute: Record) -> None:
        account = self.payments[dispute["payment_id"]]["account"]
        await self._tell(account, {"type": "dispute", "about": dispute["payment_id"], "dispute": dispute})

    async def pay(self, page_id: str) -> None:
        page = self.pages[page_id]
        if page["status"] != "open":
            return
        page["payment"] = self.sell(page["account"], page["amount"], at=datetime.now(UTC), key=page["key"])
        page["status"] = "paid"
        await self._tell(page["account"], {"type": "payment", "payment": page["payment"]})

    async def _tell(self, account: str, news: Record) -> None:
        event = {"id": f"evt-{uuid4()}", "account": account, "at": datetime.now(UTC).isoformat(), **news}
        body = json.dumps(event).encode()
        for hook in [each for each in self.hooks.values() if each["account"] == account]:
            digest = hmac.digest(hook["secret"].encode(), body, "sha256").hex()
            assert self._http is not None
            async with self._http.post(hook["url"], data=body, headers={SIGNATURE: f"sha256={digest}"}) as answer:
                await answer.read()

    @web.middleware
    async def _go_wrong(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        path = "/" + request.path.split("/")[1]
        kind, left = self.faults.get(path, ("", None))
        if left is not None:
            self.faults[path] = (kind, left - 1) if left > 1 else ("", None)
        if kind == "error":
            return web.json_response({}, status=503)
        if kind == "rate_limit":
            return web.json_response({}, status=429)
        answer = await handler(request) if kind != "timeout_before" else None
        if answer is None or kind == "timeout_after":
            assert request.transport is not None
            request.transport.close()
            await asyncio.sleep(0)
        return answer or web.Response()

    async def _answer(self, request: web.Request) -> web.Response:
        place, *rest = request.path.strip("/").split("/")
        body = json.loads(await request.read() or b"{}")
        if place in ("token", "revoke"):
            return getattr(self, f"_{place}")(body)  # type: ignore[no-any-return]
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return web.json_response({"code": "unknown_token"}, status=401)
        asked: Callable[..., Record | None] = getattr(self, f"_{request.method.lower()}_{place}")
        found = asked(self.tokens[token], *rest, **body, **dict(request.query))
        if rest[1:] == ["test"]:
            await self._tell(self.tokens[token], {"type": "test"})
        return web.json_response(found if found is not None else {"code": "refused"}, status=200 if found else 400)

    def _token(self, body: Record) -> web.Response:
        account = self.codes.pop(body.get("code", ""), None) or self.refresh.get(body.get("refresh", ""))
        if account is None:
            return web.json_response({"code": "unknown_grant"}, status=401)
        access, refresh = f"token-{uuid4()}", f"refresh-{uuid4()}"
        self.tokens[access], self.refresh[refresh] = account, account
        return web.json_response({"account": account, "access": access, "refresh": refresh, "seconds": 3600})

    def _revoke(self, body: Record) -> web.Response:
        for known in (self.tokens, self.refresh):
            for token in [token for token, account in known.items() if account == body["account"]]:
                del known[token]
        return web.json_response({})

    def _get_me(self, account: str) -> Record:
        return self.accounts[account]

    def _post_pages(self, account: str, *, key: str, amount: int, currency: str, title: str) -> Record | None:
        if amount < 1 or not title or currency != self.accounts[account]["currency"]:
            return None
        page_id = f"page-{uuid4()}"
        page = {"id": page_id, "url": f"{self.url}/buy/{page_id}", "account": account, "key": key, "amount": amount,
                "status": "open", "payment": None}  # fmt: skip
        return self.pages.setdefault(self._once(key, page)["id"], page)

    def _once(self, key: str, made: Record) -> Record:
        return self._by_key.setdefault(key, (made["id"], made))[1]

    def _get_pages(self, _account: str, page_id: str) -> Record | None:
        return self.pages.get(page_id)

    def _delete_pages(self, _account: str, page_id: str) -> Record | None:
        page = self.pages.get(page_id)
        if page is not None and page["status"] == "open":
            page["status"] = "closed"
        return page

    def _get_payments(self, account: str, payment_id: str = "", *, since: str = "", after: str = "") -> Record | None:
        if payment_id:
            return self.payments.get(payment_id)
        changed = [
            each for each in self.payments.values()
            if each["account"] == account and datetime.fromisoformat(each["updated"]) >= datetime.fromisoformat(since)
        ]  # fmt: skip
        changed.sort(key=lambda each: (datetime.fromisoformat(each["updated"]), each["id"]))
        start = int(after or 0)
        more = str(start + PAGE) if len(changed) > start + PAGE else None
        disputes = [
            each for each in self.disputes.values() if self.payments[each["payment_id"]]["account"] == account
            and datetime.fromisoformat(each["changed_at"]) >= datetime.fromisoformat(since)
        ]  # fmt: skip
        about = [self.payments[each["payment_id"]] for each in disputes if not start]
        page = changed[start : start + PAGE]
        page += [each for each in about if each not in page]
        return {"payments": page, "disputes": [] if start else disputes, "after": more}

    def _get_disputes(self, _account: str, dispute_id: str) -> Record | None:
        return self.disputes.get(dispute_id)

    def _post_refunds(self, _account: str, *, key: str, payment: str, amount: int) -> Record | None:
        if key in self._by_key:
            return self._by_key[key][1]
        found = self.payments.get(payment)
        if found is None or amount != found["amount"] or found["refunded"]:
            return None
        return self._once(key, self.give_back(found, amount, key=key))

    def _get_refunds(self, _account: str, refund_id: str) -> Record | None:
        return self.refunds.get(refund_id)

    def _put_hooks(self, account: str, *, url: str) -> Record:
        hook = {"id": f"hook-{account}", "account": account, "url": url, "secret": f"secret-{uuid4()}"}
        self.hooks[hook["id"]] = hook
        return hook

    def _post_hooks(self, _account: str, hook_id: str, _test: str) -> Record | None:
        return self.hooks.get(hook_id)

    def _delete_hooks(self, _account: str, hook_id: str) -> Record:
        self.hooks.pop(hook_id, None)
        return {"id": hook_id}
