from odoo import api, fields, models


class PowerWorkday(models.Model):
    """A day that differs from the working week: a holiday, or a weekend that is worked for it."""

    _name = "power.workday"
    _description = "Exception to the working week"
    _order = "date desc, id"

    name = fields.Char(required=True, translate=True)
    date = fields.Date(required=True, index=True)
    is_working = fields.Boolean(
        string="Worked", help="On: a weekend that is worked. Off: a day off."
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    source = fields.Char(help="The notice that sets the day.")

    _day_uniq = models.UniqueIndex("(COALESCE(company_id, 0), date)", "This day is there already.")

    @api.model
    def _get_exceptions(self, company):
        """Return {date: whether it is worked}; the company's own days go before the common ones."""
        days = self.sudo().search_fetch(
            [("company_id", "in", (company.id, False))],
            ["date", "is_working", "company_id"],
        )
        return {day.date: day.is_working for day in days.sorted(lambda day: bool(day.company_id))}
