from odoo import api, fields, models


class PowerContractVisit(models.Model):
    """What a visit cost: hours and parts, charged to its contract when it is done."""

    _inherit = "power.contract.visit"

    hours_spent = fields.Float(
        string="Hours spent",
        compute="_compute_hours_spent",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        groups="base.group_user",
        help="Of all technicians together, the way included.",
    )
    part_ids = fields.One2many(
        "power.contract.visit.part", "visit_id", string="Parts used", groups="base.group_user"
    )

    _hours_positive = models.Constraint(
        "CHECK (hours_spent >= 0)", "The hours spent cannot be negative."
    )

    @api.depends("duration", "state")
    def _compute_hours_spent(self):
        for visit in self.filtered(lambda visit: visit.state != "done"):
            visit.hours_spent = visit.duration

    def _after_state_move(self, target):
        result = super()._after_state_move(target)
        if target == "done":
            for visit in self:
                visit.contract_id._charge(visit._prepare_cost_vals_list())
        return result

    def _prepare_cost_vals_list(self):
        """Hook: analytic items of a visit done; nothing without an hourly cost or parts."""
        self.ensure_one()
        vals_list = [part._prepare_cost_vals() for part in self.part_ids if part.cost]
        rate = self.company_id.sudo().power_hour_cost
        if rate and self.hours_spent:
            vals_list.append(self._prepare_time_vals(rate))
        return vals_list

    def _prepare_time_vals(self, rate):
        """Hook: the analytic item of the technicians' hours at ``rate`` an hour."""
        self.ensure_one()
        return {
            "name": f"{self.name} {self.contract_line_id.name}",
            "category": "power_time",
            "date": self.date_done,
            "amount": -self.company_id.currency_id.round(rate * self.hours_spent),
            "unit_amount": self.hours_spent,
            "product_uom_id": self.env.ref("uom.product_uom_hour").id,
            "user_id": self.user_id.id or self.env.uid,
            "power_visit_id": self.id,
        }
