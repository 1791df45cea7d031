from datetime import UTC, datetime

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import Controller, SessionExpiredException, request, route
from odoo.tools import file_open

_MAX_ACTIONS = 50


class PowerCrewPages(Controller):
    """The crew's telephone: its faults, and one address that takes its actions in order."""

    # One address in every language: the telephone keeps the page under it.
    @route(
        "/my/power/crew",
        type="http",
        auth="user",
        website=True,
        multilang=False,
        methods=["GET"],
    )
    def crew_home(self, **_kw):
        if not self._is_crew():
            return request.redirect("/my")
        return request.render("power_faults.crew_page", self._prepare_crew_values())

    @route("/my/power/crew/worker.js", type="http", auth="public", methods=["GET"])
    def crew_worker(self):
        """The service worker of the page above, and of no other."""
        with file_open("power_faults/static/src/worker/crew_worker.js") as file:
            return request.make_response(
                file.read(),
                [
                    ("Content-Type", "text/javascript"),
                    ("Service-Worker-Allowed", "/my/power/crew"),
                ],
            )

    @route("/my/power/crew/act", type="jsonrpc", auth="user")
    def crew_act(self, actions=(), user=None, **_kw):
        """Take actions in the order they were done.

        :param list actions: ``{"key", "fault", "action", "at" (ISO, UTC), "data"}`` each
        :param user: id of the user who did them; another one who is logged in does not send them
        :return: {key: answer}; what is not in it was not taken and is sent again
        """
        if user and str(user) != str(request.env.uid):
            raise SessionExpiredException("Session expired")
        if not self._is_crew():
            raise UserError(request.env._("Only crews send actions."))
        answers = {}
        for item in list(actions)[:_MAX_ACTIONS]:
            key = str(item.get("key") or "")[:64]
            if not key:
                continue
            fault = self._find_fault(item.get("fault"))
            if not fault:
                answers[key] = {"ok": False, "error": request.env._("This fault is not yours.")}
                continue
            data = item.get("data")
            answers[key] = request.env["power.crew.action"]._take(
                key,
                fault,
                str(item.get("action") or ""),
                self._parse_time(item.get("at")),
                data if isinstance(data, dict) else {},
            )
        return answers

    def _find_fault(self, number):
        try:
            number = int(number)
        except (TypeError, ValueError):
            return None
        faults = request.env["power.fault"]
        return faults.search([("id", "=", number)], limit=1)

    def _parse_time(self, text):
        """Return an ISO instant as Odoo keeps it, or nothing."""
        try:
            instant = datetime.fromisoformat(str(text))
        except ValueError:
            return None
        if instant.tzinfo:
            instant = instant.astimezone(UTC).replace(tzinfo=None)
        return instant.replace(microsecond=0)

    def _is_crew(self):
        return request.env.user.has_group("power_crm.group_crew")

    def _prepare_crew_values(self):
        faults = request.env["power.fault"].search(
            [
                ("is_my_crew", "=", True),
                ("state", "in", ("dispatched", "arrived", "restored")),
            ],
            order="state, priority desc, date_deadline",
            limit=50,
        )
        return {
            "page_name": "power_crew",
            "faults": faults,
            "checks": request.env["power.fault.check"].search([]),
            "causes": request.env["power.fault.cause"].search([("parent_id", "=", False)]),
            "map_url": request.env.company.sudo().power_fault_map_url,
            "now": fields.Datetime.now(),
        }
