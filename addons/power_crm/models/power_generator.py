from decimal import Decimal

from odoo import fields, models

from ..tools import supply_compliance


class PowerGenerator(models.Model):
    _name = "power.generator"
    _description = "Own emergency source"
    _order = "supply_point_id, id"
    _check_company_auto = True

    supply_point_id = fields.Many2one(
        "power.supply.point",
        string="Supply point",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="supply_point_id.company_id", store=True, index=True)
    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("diesel", "Diesel generator"),
            ("gas", "Gas generator"),
            ("ups", "UPS"),
            ("storage", "Battery storage"),
            ("vehicle", "Mobile generator"),
            ("other", "Other"),
        ],
        required=True,
        default="diesel",
    )
    capacity_kw = fields.Float(string="Capacity (kW)", digits=(16, 2))
    transfer_time_s = fields.Float(
        string="Takes over within (s)", digits=(16, 3), help="0: not recorded."
    )
    interlock = fields.Selection(
        [("electrical", "Electrical"), ("mechanical", "Mechanical"), ("none", "None")],
        string="Lock against back-feed",
        help="How the source is locked against feeding back into the grid; empty: not recorded.",
    )
    last_test_date = fields.Date(string="Last test")

    _capacity_positive = models.Constraint(
        "CHECK (capacity_kw >= 0 AND transfer_time_s >= 0)",
        "The capacity and the take-over time of an emergency source cannot be negative.",
    )

    def _to_kernel(self):
        self.ensure_one()
        return supply_compliance.Generator(
            capacity_kw=Decimal(str(round(self.capacity_kw, 2))),
            transfer_time_s=Decimal(str(round(self.transfer_time_s, 3))) or None,
            interlocked={"none": False, False: None}.get(self.interlock, True),
        )
