from odoo import api, fields, models


class PowerWorkday(models.Model):
    """A day that differs from the working week: a holiday, or a weekend that is worked for it."""

    _name = "power.workday"
    _description = "Exception to the working week"
    _order = "date desc, id"

    name = fields.Char(required=True, translate=True)
    date = fields.Date(required=True, index=True)
    kind = fields.Selection(
        [("holiday", "Holiday"), ("off", "Day off"), ("worked", "Worked")],
        required=True,
        default="holiday",
        help="Holiday: nobody works, and the prices of tariffs with hours of their own for "
        "holidays apply. Day off: nobody works, prices are those of any day. Worked: a weekend "
        "that is worked for a holiday.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    source = fields.Char(help="The notice that sets the day.")

    _day_uniq = models.UniqueIndex("(COALESCE(company_id, 0), date)", "This day is there already.")

    @api.model
    def _get_kinds(self, company, first=None, last=None):
        """Return {date: kind} from ``first`` to ``last`` (both in), in order.

        The company's own days go before the common ones.
        """
        domain = [("company_id", "in", (company.id, False))]
        if first:
            domain.append(("date", ">=", first))
        if last:
            domain.append(("date", "<=", last))
        days = self.sudo().search_fetch(domain, ["date", "kind", "company_id"], order="date")
        return {day.date: day.kind for day in days.sorted(lambda day: bool(day.company_id))}

    @api.model
    def _get_exceptions(self, company):
        """Return {date: whether it is worked} of what differs from the working week."""
        return {day: kind == "worked" for day, kind in self._get_kinds(company).items()}

    @api.model
    def _get_holidays(self, company, first, last=None):
        """Return the days with the hours of holidays from ``first`` to ``last``, as ISO text."""
        kinds = self._get_kinds(company, first, last)
        return sorted(day.isoformat() for day, kind in kinds.items() if kind == "holiday")
