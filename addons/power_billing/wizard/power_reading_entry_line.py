from odoo import api, fields, models


class PowerReadingEntryLine(models.TransientModel):
    _name = "power.reading.entry.line"
    _description = "Reading of a Register to Enter"
    _order = "id"

    entry_id = fields.Many2one(
        comodel_name="power.reading.entry", required=True, ondelete="cascade"
    )
    register_id = fields.Many2one(
        comodel_name="power.meter.register", required=True, readonly=True, ondelete="cascade"
    )
    unit = fields.Char(related="register_id.unit")
    previous_date = fields.Date("Previous date", compute="_compute_previous")
    previous_value = fields.Float(string="Previous", digits=(16, 2), compute="_compute_previous")
    value = fields.Float(digits=(16, 2))
    is_read = fields.Boolean(
        string="Read",
        compute="_compute_is_read",
        store=True,
        readonly=False,
        help="Tick it for a register that stands at zero.",
    )
    rollover = fields.Boolean(string="Rolled over")
    consumption = fields.Float(digits=(16, 2), compute="_compute_consumption")

    @api.depends("value")
    def _compute_is_read(self):
        for line in self:
            line.is_read = line.is_read or bool(line.value)

    @api.depends("register_id", "entry_id.date")
    def _compute_previous(self):
        for line in self:
            previous = line.register_id.reading_ids.filtered(
                lambda r, day=line.entry_id.date: (
                    r.state in ("validated", "billed") and (not day or r.date < day)
                )
            ).sorted("date")[-1:]
            line.previous_date = previous.date
            line.previous_value = previous.value

    @api.depends("value", "is_read", "previous_value", "rollover")
    def _compute_consumption(self):
        for line in self:
            register = line.register_id
            moved = line.value
            if register.quantity != "demand":
                moved += 10**register.digits * line.rollover - line.previous_value
            line.consumption = moved * register.multiplier if line.is_read else 0.0

    def _prepare_reading_vals(self):
        self.ensure_one()
        entry = self.entry_id
        return {
            "meter_id": entry.meter_id.id,
            "register_id": self.register_id.id,
            "date": entry.date,
            "kind": entry.kind,
            "source": entry.source,
            "value": self.value,
            "rollover": self.rollover,
        }
