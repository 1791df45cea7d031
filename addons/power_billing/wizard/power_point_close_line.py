from odoo import api, fields, models


class PowerPointCloseLine(models.TransientModel):
    _name = "power.point.close.line"
    _description = "Final Reading of a Register"
    _order = "id"

    close_id = fields.Many2one(
        comodel_name="power.point.close", required=True, index=True, ondelete="cascade"
    )
    register_id = fields.Many2one(
        comodel_name="power.meter.register", required=True, readonly=True, ondelete="cascade"
    )
    unit = fields.Char(related="register_id.unit")
    previous_date = fields.Date(compute="_compute_previous")
    previous_value = fields.Float(string="Previous", digits=(16, 2), compute="_compute_previous")
    value = fields.Float(
        digits=(16, 2), compute="_compute_value", store=True, readonly=False, precompute=True
    )
    rollover = fields.Boolean(string="Rolled Over")
    note = fields.Char(help="Why the reading is right although it looks odd.")

    @api.depends("register_id", "close_id.date")
    def _compute_previous(self):
        for line in self:
            day = line.close_id.date
            last = line.register_id.reading_ids.filtered(
                lambda r, day=day: r.state in ("validated", "billed") and (not day or r.date < day)
            ).sorted("date")[-1:]
            line.previous_date = last.date
            line.previous_value = last.value

    @api.depends("register_id")
    def _compute_value(self):
        for line in self:
            line.value = line.previous_value

    def _prepare_reading_vals(self):
        self.ensure_one()
        return {
            "meter_id": self.register_id.meter_id.id,
            "register_id": self.register_id.id,
            "date": self.close_id.date,
            "kind": "actual",
            "source": self.env._("Final reading"),
            "value": self.value,
            "rollover": self.rollover,
            "release_note": self.note,
        }
