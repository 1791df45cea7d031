from odoo import api, fields, models

from ..tools import late_fee
from ..tools.exact import exact


class PowerLateFeeRule(models.Model):
    """The rates of the late payment fee between two dates, as an authority set them."""

    _name = "power.late.fee.rule"
    _inherit = ["power.validity.mixin"]
    _description = "Late Fee Rule"
    _order = "company_id, date_from desc, id"
    _check_company_auto = True
    _validity_keys = ("company_id",)

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    rate_resident = fields.Float(
        string="Residents (‰ a day)", digits=(8, 4), required=True, default=1.0
    )
    rate_same_year = fields.Float(
        string="Others, debt of the year (‰ a day)", digits=(8, 4), required=True, default=2.0
    )
    rate_carried_over = fields.Float(
        string="Others, carried over (‰ a day)",
        digits=(8, 4),
        required=True,
        default=3.0,
        help="For days in a year after that of the due date.",
    )
    year_change = fields.Selection(
        selection=[
            ("split", "Each day at its own year's rate"),
            ("whole", "All days as carried over"),
        ],
        string="Debt paid in a later year",
        required=True,
        default="split",
        help="The rule is read in two ways for a debt carried over the new year: 2 ‰ until 31 "
        "December and 3 ‰ after, or 3 ‰ for all its days.",
    )
    minimum = fields.Monetary(
        string="Least amount of a bill",
        default=1.0,
        help="A fee below this is charged as this; 0 for none.",
    )
    source = fields.Char(required=True, help="Document that sets these rates.")

    _rates_positive = models.Constraint(
        "CHECK (rate_resident >= 0 AND rate_same_year >= 0 AND rate_carried_over >= 0"
        " AND minimum >= 0)",
        "The rates and the least amount of a late fee cannot be negative.",
    )

    @api.depends("date_from", "source")
    def _compute_display_name(self):
        for rule in self:
            day = fields.Date.to_string(rule.date_from) or ""
            rule.display_name = " ".join(filter(None, (rule.source, day)))

    def _get_overlap_message(self, other):
        return self.env._(
            "“%(rule)s” overlaps “%(other)s”: set an end date on the earlier rule first.",
            rule=self.display_name,
            other=other.display_name,
        )

    def _to_kernel(self):
        """Return the rules as the kernel takes them."""
        return [
            late_fee.Rule(
                date_from=rule.date_from,
                date_to=rule.date_to or None,
                resident=exact(rule.rate_resident, 4) / 1000,
                same_year=exact(rule.rate_same_year, 4) / 1000,
                carried_over=exact(rule.rate_carried_over, 4) / 1000,
                minimum=exact(rule.minimum, 2),
                year_change=rule.year_change,
                key=rule.id,
            )
            for rule in self
        ]
