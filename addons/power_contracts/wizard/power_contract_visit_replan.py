from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerContractVisitReplan(models.TransientModel):
    """The new day of a visit that did not happen."""

    _name = "power.contract.visit.replan"
    _description = "Plan a visit anew"

    visit_id = fields.Many2one("power.contract.visit", required=True, ondelete="cascade")
    date_planned = fields.Datetime(
        string="Planned for",
        compute="_compute_date_planned",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    deadline = fields.Date(
        string="Due until",
        compute="_compute_deadline",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Not done by then, the visit is missed again.",
    )
    clash_note = fields.Char(string="Busy at that time", compute="_compute_clash_note")

    @api.depends("visit_id")
    def _compute_date_planned(self):
        for wizard in self:
            wizard.date_planned = wizard.visit_id._get_coming_moment()

    @api.depends("visit_id", "date_planned")
    def _compute_deadline(self):
        for wizard in self:
            wizard.deadline = max(wizard.visit_id.deadline, wizard._get_day())

    @api.depends("visit_id", "date_planned")
    def _compute_clash_note(self):
        for wizard in self:
            visit, begin = wizard.visit_id, wizard.date_planned
            end = begin and begin + timedelta(hours=visit.duration)
            busy = visit._find_engagements(visit.user_id, begin, end) if end else []
            clashes = visit._pick_clashes(busy, begin, end)
            wizard.clash_note = visit._describe_engagements(clashes)

    def _get_day(self):
        return self.visit_id.company_id._to_power_time(self.date_planned).date()

    def action_replan(self):
        self.ensure_one()
        day = self._get_day()
        if day < self.visit_id.company_id._get_power_today():
            raise UserError(self.env._("Choose a day to come."))
        if self.deadline < day:
            raise UserError(self.env._("The last day lies before the planned one."))
        return self.visit_id.action_replan(self.date_planned, self.deadline)
