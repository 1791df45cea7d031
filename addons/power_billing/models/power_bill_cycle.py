from functools import lru_cache

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.fields import Date

_YEAR = 12


# The bills of a run ask for the same few months.
@lru_cache(maxsize=1024)
def _get_month_days(day, end_day):
    last = _get_end_in(day, end_day)
    if last < day:
        last = _get_end_in(day + relativedelta(day=1, months=1), end_day)
    before = _get_end_in(last - relativedelta(months=1), end_day)
    return before + relativedelta(days=1), last


def _get_end_in(day, end_day):
    """Return the day of a day's month on which a cycle may end."""
    return day.replace(day=end_day) if end_day else Date.end_of(day, "month")


class PowerBillCycle(models.Model):
    """How long a supply point's bills are, and on which day they end.

    A point without one is billed by the calendar month.
    """

    _name = "power.bill.cycle"
    _description = "Billing Cycle"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", index=True, help="Empty: for all companies."
    )
    months = fields.Integer(
        string="Length (months)", required=True, default=2, help="1, 2, 3, 4, 6 or 12."
    )
    end_month = fields.Integer(
        string="Ends in month",
        required=True,
        default=12,
        help="Number of a month in which a cycle ends, 1 to 12. Of a cycle of one month it says "
        "nothing.",
    )
    end_day = fields.Integer(
        string="Last day",
        help="The reading day, 1 to 28, on which a cycle ends; 0: with the month.",
    )
    point_count = fields.Integer(string="Points", compute="_compute_point_count")

    _months_whole = models.Constraint(
        "CHECK (months IN (1, 2, 3, 4, 6, 12))",
        "A cycle has 1, 2, 3, 4, 6 or 12 months, so that each year has the same.",
    )
    _end_month_range = models.Constraint(
        "CHECK (end_month BETWEEN 1 AND 12)", "Months are numbered from 1 to 12."
    )
    _end_day_range = models.Constraint(
        "CHECK (end_day BETWEEN 0 AND 28)",
        "The last day of a cycle is a day from 1 to 28, or 0 for the end of the month.",
    )

    def _compute_point_count(self):
        counts = dict(
            self.env["power.supply.point"]._read_group(
                [("billing_cycle_id", "in", self.ids)], ["billing_cycle_id"], ["__count"]
            )
        )
        for cycle in self:
            cycle.point_count = counts.get(cycle, 0)

    def _get_month_days(self, day):
        """Return first and last day of the month, as its reading day cuts it, around a day."""
        return _get_month_days(day, self.end_day)

    def _get_days(self, day):
        """Return first and last day of the cycle around a day; of no cycle, of its month."""
        first, last = self._get_month_days(day)
        if self.months > 1:
            left = (self.end_month - last.month) % _YEAR % self.months
            last = _get_end_in(last + relativedelta(day=1, months=left), self.end_day)
            first = self._get_month_days(last + relativedelta(day=1, months=1 - self.months))[0]
        return first, last

    def action_view_points(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "power.supply.point",
            "view_mode": "list,form",
            "domain": [("billing_cycle_id", "=", self.id)],
        }
