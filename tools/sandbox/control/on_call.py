"""What a person on call does with chat and pager: press a button, acknowledge, resolve."""

from __future__ import annotations

import re

from sandbox.control.problems import ProblemError, body_of, invalid, text
from sandbox.core.http import Request, Response, json_response
from sandbox.pagerduty.events import Action
from sandbox.pagerduty.incidents import Incident, Incidents
from sandbox.slack.api import SlackApi
from sandbox.slack.interactions import UnknownButtonError

SOMEBODY = "U0ONCALL"
"""Who presses where nobody is named: a member of the chat, a user of the pager."""
_MEMBER = re.compile(r"\w{1,40}\Z", re.ASCII)


class OnCall:
    """For the control API and the pages alike. Raises ProblemError."""

    def __init__(self, slack: SlackApi, incidents: Incidents) -> None:
        self._slack = slack
        self._incidents = incidents

    def press(self, ts: str, action_id: str, *, member: str) -> str:
        """The button's link, or nothing."""
        try:
            return self._slack.interactions.press(ts, action_id, member=_checked(member))
        except UnknownButtonError as unknown:
            raise ProblemError(404, "unknown_button", str(unknown)) from unknown

    def act(self, incident_id: str, action: Action, *, user: str) -> Incident:
        incident = self._incident(incident_id)
        if action is Action.TRIGGER:
            raise invalid("action", "action must be acknowledge or resolve.")
        if not self._incidents.act(incident, action, by=_checked(user)):
            raise ProblemError(409, "incident_state", f"The incident is {incident.status.value} already.")
        return incident

    async def message(self, request: Request) -> Response:
        """A message of the chat as Slack has it, with its blocks."""
        message = self._slack.room.posted.get(request.path_params["ts"])
        if message is None:
            raise ProblemError(404, "unknown_message", "The room has no such message.")
        return json_response(message)

    async def press_button(self, request: Request) -> Response:
        body = body_of(request)
        member = text(body, "user", otherwise=SOMEBODY)
        link = self.press(request.path_params["ts"], text(body, "actionId"), member=member)
        return json_response({"user": member, "url": link or None}, status=202)

    async def incidents(self, _: Request) -> Response:
        return json_response({"data": [each.as_json() for each in self._incidents.newest()], "nextCursor": None})

    async def answer_page(self, request: Request) -> Response:
        given = request.path_params["action"]
        if given not in (Action.ACKNOWLEDGE, Action.RESOLVE):
            raise ProblemError(404, "not_found", "An incident is acknowledged (acknowledge) or resolved (resolve).")
        user = text(body_of(request), "user", otherwise=SOMEBODY)
        return json_response(self.act(request.path_params["id"], Action(given), user=user).as_json())

    def _incident(self, incident_id: str) -> Incident:
        incident = self._incidents.find(incident_id)
        if incident is None:
            raise ProblemError(404, "unknown_incident", "The pager has no such incident.")
        return incident


def _checked(member: str) -> str:
    if not _MEMBER.match(member):
        raise invalid("user", "user must be a member's id: letters and digits.")
    return member
