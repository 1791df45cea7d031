from odoo import fields, models

from ..tools import supply_compliance


class PowerSupplySource(models.Model):
    _name = "power.supply.source"
    _description = "Supply source"
    _order = "supply_point_id, role, sequence, id"
    _rec_name = "feeder"
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
    sequence = fields.Integer(default=10)
    substation = fields.Char(required=True, index=True)
    bus_section = fields.Char(string="Bus section")
    feeder = fields.Char()
    capacity_kva = fields.Float(string="Capacity (kVA)", digits=(16, 2))
    role = fields.Selection(
        [("main", "Main"), ("standby", "Standby")], required=True, default="main"
    )

    _capacity_positive = models.Constraint(
        "CHECK (capacity_kva >= 0)", "The capacity of a supply source cannot be negative."
    )

    def _to_kernel(self):
        self.ensure_one()
        return supply_compliance.Source(
            substation=self.substation or "",
            bus_section=self.bus_section or "",
            feeder=self.feeder or "",
        )
