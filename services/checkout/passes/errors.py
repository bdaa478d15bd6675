"""Why a pass is not shown or not used, each with what to do."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownPass(Condition):
    status = 404
    code = "unknown_pass"
    title = "There is no such pass"
    meaning = "No pass has this id, or the link of its owner is not whole."
    remedy = "Take the link from the newest e-mail, or find the pass: `fullhouse passes list --email …`."


class UnknownUse(Condition):
    status = 404
    code = "unknown_use"
    title = "This pass has no such use"
    meaning = "No entry of the pass was used under this id."
    remedy = "Look at its uses: `fullhouse passes show`."


class PassUsedUp(Condition):
    status = 409
    code = "pass_used_up"
    title = "No entry is left on this pass"
    meaning = "Each entry of the pass was used: `fullhouse passes show` says when and where."
    remedy = "Sell another pass, or a ticket."


class PassExpired(Condition):
    status = 409
    code = "pass_expired"
    title = "This pass is good no more"
    meaning = "The time for which it was bought is over."
    remedy = "Sell another pass; one that is a favour is granted: `fullhouse passes grant`."


class PassFrozen(Condition):
    status = 409
    code = "pass_frozen"
    title = "The payment of this pass is disputed"
    meaning = "The bank of who paid has taken the money back for now, so the pass rests until it has decided."
    remedy = "Ask the customer to end the dispute, or to buy a ticket."


class PassEnded(Condition):
    status = 409
    code = "pass_ended"
    title = "This pass was given back"
    meaning = "Its money went back to who paid, so it is good for nothing any more."
    remedy = "Look at its order: `fullhouse orders show` has the refund."
