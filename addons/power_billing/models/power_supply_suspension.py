from odoo import fields, models

from ..tools.exact import exact


class PowerSupplySuspension(models.Model):
    """Equipment taken out of use and sealed (暂停): it pays no basic charge."""

    _name = "power.supply.suspension"
    _description = "Suspended Capacity"
    _order = "supply_point_id, date_from desc, id"
    _check_company_auto = True

    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point",
        string="Supply point",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="supply_point_id.company_id", store=True, index=True, precompute=True
    )
    date_from = fields.Date(
        string="Sealed on", required=True, help="The first day without the equipment."
    )
    date_to = fields.Date(string="Until", help="The last day without it; empty: not yet back.")
    kva = fields.Float(string="Capacity (kVA)", digits=(16, 2), required=True)
    note = fields.Char()

    _kva_positive = models.Constraint(
        "CHECK (kva > 0)", "The suspended capacity must be above zero."
    )
    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "A suspension cannot end before it begins.",
    )

    def _get_determinants(self):
        self.ensure_one()
        return {
            "date_from": self.date_from.isoformat(),
            "date_to": self.date_to.isoformat() if self.date_to else None,
            "kva": str(exact(self.kva, 2)),
        }
