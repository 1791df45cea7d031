from odoo import api, fields, models


class PowerHoliday(models.Model):
    """A day on which the hours of holidays apply, as the authority set it for the year."""

    _name = "power.holiday"
    _description = "Holiday"
    _order = "date desc, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    date = fields.Date(required=True, index=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    _day_uniq = models.UniqueIndex(
        "(company_id, date)", "This day is already a holiday of the company."
    )

    @api.model
    def _get_days(self, company, first, last=None):
        """Return the holidays of a company from ``first`` to ``last`` (both in), as ISO text."""
        domain = [("company_id", "=", company.id), ("date", ">=", first)]
        if last:
            domain.append(("date", "<=", last))
        days = self.sudo().search_fetch(domain, ["date"], order="date")
        return [day.date.isoformat() for day in days]
