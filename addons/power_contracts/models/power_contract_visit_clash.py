from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL


class Engagement(NamedTuple):
    """What somebody does from one moment (UTC) to another."""

    model: str
    res_id: int
    user_id: int
    begin: datetime
    end: datetime


class PowerContractVisit(models.Model):
    """Nobody is at two places at once, nor at work while away: it is seen, not forbidden."""

    _inherit = "power.contract.visit"

    has_clash = fields.Boolean(
        string="Double-booked",
        compute="_compute_clash",
        search="_search_has_clash",
    )
    clash_note = fields.Char(string="Busy at that time", compute="_compute_clash")

    def _has_field_access(self, field, operation):
        # What else its people do is no business of a customer.
        if field.name in ("has_clash", "clash_note") and self.env.user.share:
            return self.env.su
        return super()._has_field_access(field, operation)

    @api.depends("state", "user_id", "date_planned", "date_end")
    def _compute_clash(self):
        planned = self.filtered(
            lambda visit: visit.state == "planned" and visit.user_id and visit.date_end
        )
        busy = planned._find_engagements(
            planned.user_id,
            min(planned.mapped("date_planned"), default=None),
            max(planned.mapped("date_end"), default=None),
        )
        (self - planned).update({"has_clash": False, "clash_note": False})
        for visit in planned:
            clashes = visit._pick_clashes(busy, visit.date_planned, visit.date_end)
            visit.has_clash = bool(clashes)
            visit.clash_note = visit._describe_engagements(clashes)

    def _pick_clashes(self, busy, begin, end):
        """Return the engagements of the visit's own person between two moments, but for itself."""
        self.ensure_one()
        return [
            one
            for one in busy
            if one.user_id == self.user_id.id
            and one.begin < end
            and one.end > begin
            and (one.model, one.res_id) != (self._name, self._origin.id)
        ]

    def _describe_engagements(self, engagements):
        """Return them in words: what, and from when to when by the clocks of the utility."""
        company = self.company_id or self.env.company
        return "; ".join(
            self.env._(
                "%(what)s, %(begin)s to %(end)s",
                what=self._name_engagement(one),
                begin=f"{company._to_power_time(one.begin):%m-%d %H:%M}",
                end=f"{company._to_power_time(one.end):%m-%d %H:%M}",
            )
            for one in sorted(engagements, key=lambda one: one.begin)
        )

    def _name_engagement(self, engagement):
        """Hook: what an engagement is called; why somebody is away is no business of others."""
        if engagement.model == "resource.calendar.leaves":
            return self.env._("Away")
        return self.env[engagement.model].sudo().browse(engagement.res_id).display_name

    @api.model
    def _find_engagements(self, users, begin, end):
        """Return what people do between two moments (UTC).

        :param users: ``res.users``
        :rtype: list of Engagement
        """
        if not users:
            return []
        rows = self.env.execute_query(
            SQL(
                "SELECT * FROM (%s) busy WHERE user_id IN %s AND date_begin < %s AND date_end > %s",
                self._get_engagements_sql(),
                tuple(users.ids),
                end,
                begin,
            )
        )
        return [Engagement(*row) for row in rows]

    @api.model
    def _get_engagements_sql(self):
        """Hook: everybody's engagements, as the columns of ``Engagement``; others add theirs."""
        for name in (self._name, "power.service.record"):
            self.env[name].flush_model(["state", "user_id", "date_planned", "date_end"])
        self.env["resource.calendar.leaves"].flush_model(["resource_id", "date_from", "date_to"])
        self.env["resource.resource"].flush_model(["user_id"])
        return SQL(
            """
            SELECT 'power.contract.visit' AS model, id AS res_id, user_id,
                   date_planned AS date_begin, date_end
              FROM power_contract_visit WHERE state = 'planned'
             UNION ALL
            SELECT 'power.service.record', id, user_id, date_planned, date_end
              FROM power_service_record WHERE state = 'planned'
             UNION ALL
            SELECT 'resource.calendar.leaves', away.id, person.user_id, away.date_from, away.date_to
              FROM resource_calendar_leaves away
              JOIN resource_resource person ON person.id = away.resource_id
            """
        )

    def _search_has_clash(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self.env.execute_query(
            SQL(
                """
                WITH busy AS (%s)
                SELECT DISTINCT own.res_id FROM busy own
                  JOIN busy other ON other.user_id = own.user_id
                   AND other.date_begin < own.date_end AND other.date_end > own.date_begin
                   AND (other.model, other.res_id) <> (own.model, own.res_id)
                 WHERE own.model = %s
                """,
                self._get_engagements_sql(),
                self._name,
            )
        )
        return [("id", "in", [visit for (visit,) in rows])]
