from odoo import fields, models

from odoo.addons.power_crm.tools.working_days import add_working_days


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
        """Return the last day on which a request of today is answered, in working days.

        Today does not count; holidays and weekends worked for them are those of bills and repairs.
        """
        self.ensure_one()
        exceptions = self.env["power.workday"].sudo()._get_exceptions(self)
        return add_working_days(self._get_power_today(), self.power_answer_days, exceptions)

    def _get_power_answer_user(self, partner):
        """Return who answers a customer: its account manager, else the one set here."""
        self.ensure_one()
        return partner.commercial_partner_id.power_account_manager_id or self.power_quote_user_id
