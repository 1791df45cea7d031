from datetime import datetime, time

import pytz

from odoo import fields, models


class ResCompany(models.Model):
    """Who answers what customers ask on the website, and until when."""

    _inherit = "res.company"

    power_answer_days = fields.Integer(string="Answer within (working days)", default=3)
    power_quote_user_id = fields.Many2one(
        "res.users",
        string="Requests go to",
        domain="[('share', '=', False)]",
        help="Who answers requests of customers without an account manager.",
    )

    _answer_days_positive = models.Constraint(
        "CHECK (power_answer_days >= 0)", "The days for an answer cannot be negative."
    )

    def _get_power_answer_day(self):
        """Return the last day on which a request of today is answered, in working days."""
        self.ensure_one()
        today = self._get_power_today()
        calendar = self.resource_calendar_id
        if not (calendar and self.power_answer_days):
            return fields.Date.add(today, days=self.power_answer_days)
        # From tomorrow's first minute: what is left of today does not count.
        zone = pytz.timezone(self._get_power_zone())
        begin = zone.localize(datetime.combine(fields.Date.add(today, days=1), time.min))
        return calendar.plan_days(self.power_answer_days, begin, compute_leaves=True).date()

    def _get_power_answer_user(self, partner):
        """Return who answers a customer: its account manager, else the one set here."""
        self.ensure_one()
        return partner.commercial_partner_id.power_account_manager_id or self.power_quote_user_id
