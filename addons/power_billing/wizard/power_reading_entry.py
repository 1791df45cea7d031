from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class PowerReadingEntry(models.TransientModel):
    """All registers of a meter on one day, typed in one go."""

    _name = "power.reading.entry"
    _description = "Enter Readings of a Meter"

    meter_id = fields.Many2one(comodel_name="power.meter", required=True)
    supply_point_id = fields.Many2one(related="meter_id.supply_point_id")
    date = fields.Date(required=True, default=fields.Date.context_today)
    kind = fields.Selection(
        selection=[
            ("actual", "Read"),
            ("estimated", "Estimated"),
            ("customer", "Told by the customer"),
        ],
        required=True,
        default="actual",
    )
    source = fields.Char()
    line_ids = fields.One2many(
        comodel_name="power.reading.entry.line",
        inverse_name="entry_id",
        string="Registers",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("meter_id")
    def _compute_line_ids(self):
        for entry in self:
            entry.line_ids = [Command.clear()] + [
                Command.create({"register_id": register.id})
                for register in entry.meter_id.register_ids
            ]

    def action_save(self):
        """Create the readings of the filled lines together, so that they are judged together."""
        self.ensure_one()
        self._create_readings()
        return {"type": "ir.actions.act_window_close"}

    def action_save_next(self):
        """Save, and stay for the next meter."""
        self.ensure_one()
        self._create_readings()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter readings"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_date": fields.Date.to_string(self.date)},
        }

    def _create_readings(self):
        filled = self.line_ids.filtered("is_read")
        if not filled:
            raise UserError(self.env._("Type at least one value."))
        return self.env["power.meter.reading"].create(
            [line._prepare_reading_vals() for line in filled]
        )
