from odoo import fields, models


class PowerSupplyPoint(models.Model):
    """How reliable the supply of one customer was."""

    _inherit = "power.supply.point"

    interruption_count = fields.Integer(
        string="Interruptions, 12 months", compute="_compute_interruptions"
    )
    interruption_minutes = fields.Float(
        string="Minutes without supply, 12 months",
        compute="_compute_interruptions",
        digits=(16, 0),
    )

    def _compute_interruptions(self):
        today = self.env.company._get_power_today()
        found = (
            self.env["power.interruption"]
            .sudo()
            ._add_up_points(self, fields.Date.subtract(today, years=1, days=-1), today)
        )
        for point in self:
            point.interruption_count, point.interruption_minutes = found.get(point.id, (0, 0.0))

    def action_open_interruptions(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "power_faults.power_interruption_action"
            ),
            "domain": [("point_ids", "in", self.ids)],
            "context": {},
        }
