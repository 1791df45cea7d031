from odoo import api, fields, models

from ..tools import dunning


class PowerCutoffRule(models.Model):
    """What the law demands before supply may be cut for arrears, in force between two days.

    Of several in force the strictest counts; no service level shortens it.
    """

    _name = "power.cutoff.rule"
    _description = "Law of cutting off"
    _inherit = ["power.validity.mixin"]
    _order = "date_from desc, id desc"
    _rec_name = "source"

    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    source = fields.Char(required=True, help="Document that sets these days.")
    wait_days = fields.Integer(
        string="Overdue more than (days)",
        required=True,
        default=30,
        help="Supply may be cut only when a bill that was dunned is overdue for more days.",
    )
    notice_days = fields.Integer(
        string="Notice at least (days)",
        required=True,
        default=3,
        help="Days between the notice and the cut, at least.",
    )
    validity_days = fields.Integer(
        string="Notice at most (days)",
        required=True,
        default=7,
        help="A notice given more days before the cut has lapsed and is given again.",
    )
    note = fields.Text(
        string="Also demanded", translate=True, help="Told to whoever gives the notice."
    )

    _days_order = models.Constraint(
        "CHECK (wait_days >= 0 AND notice_days >= 0 AND validity_days >= notice_days)",
        "Days cannot be negative, and a notice must hold until supply may be cut.",
    )

    @api.model
    def _get_in_force(self, company, day):
        domain = self._get_in_force_domain(day)
        return self.sudo().search([*domain, ("company_id", "in", (company.id, False))])

    def _get_law(self):
        """Return what the rules demand together, None where there are none."""
        return dunning.get_strictest(
            dunning.Law(rule.wait_days, rule.notice_days, rule.validity_days) for rule in self
        )
