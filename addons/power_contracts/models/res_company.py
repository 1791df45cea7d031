from odoo import fields, models


class ResCompany(models.Model):
    """The books of service contracts: where prepaid income waits, what an hour costs."""

    _inherit = "res.company"

    power_deferred_account_id = fields.Many2one(
        "account.account",
        string="Deferred income account",
        check_company=True,
        domain="[('account_type', 'in', ('liability_current', 'liability_non_current'))]",
        help="What customers pay in advance waits here until its month; empty: it is income on "
        "the day of the invoice. In China: 2204 contract liabilities, or 2203 in charts without.",
    )
    power_deferral_journal_id = fields.Many2one(
        "account.journal",
        string="Deferred income journal",
        check_company=True,
        domain="[('type', '=', 'general')]",
        help="The monthly entries; empty: the first journal of miscellaneous entries.",
    )
    power_hour_cost = fields.Monetary(
        string="Cost of a technician's hour",
        currency_field="currency_id",
        help="Charged to the contract for every hour spent on its visits.",
    )

    _power_hour_cost_positive = models.Constraint(
        "CHECK (power_hour_cost >= 0)", "The cost of an hour cannot be negative."
    )

    def _get_power_deferral_journal(self):
        """Return the journal of the monthly entries, empty where there is none at all."""
        self.ensure_one()
        journals = self.env["account.journal"].sudo()
        return self.sudo().power_deferral_journal_id or journals.search(
            [*journals._check_company_domain(self), ("type", "=", "general")], limit=1
        )
