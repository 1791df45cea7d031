from odoo import fields, models


class PowerSupplyPoint(models.Model):
    _inherit = "power.supply.point"

    equipment_ids = fields.One2many("power.equipment", "supply_point_id")
    equipment_count = fields.Integer(string="Equipment items", compute="_compute_equipment_count")
    service_cover_note = fields.Text(
        string="Covered by contract",
        compute="_compute_service_cover_note",
        groups="power_crm.group_user",
        help="Jobs that the customer may ask for by contract today.",
    )

    def _compute_equipment_count(self):
        counts = dict(
            self.env["power.equipment"]._read_group(
                [("supply_point_id", "in", self.ids)], ["supply_point_id"], ["__count"]
            )
        )
        for point in self:
            point.equipment_count = counts.get(point, 0)

    def _compute_service_cover_note(self):
        contracts = self.env["contract.contract"]
        for point in self:
            answers = contracts._get_entitlements(point._origin).values() if point._origin else ()
            point.service_cover_note = "\n".join(map(contracts._describe_entitlement, answers))

    def action_open_equipment(self):
        return self._open_related("power_contracts.power_equipment_action")
