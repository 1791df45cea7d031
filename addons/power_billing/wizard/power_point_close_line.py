from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare


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
    previous_date = fields.Date("Previous date", compute="_compute_previous")
    previous_value = fields.Float(string="Previous", digits=(16, 2), compute="_compute_previous")
    value = fields.Float(
        digits=(16, 2), compute="_compute_value", store=True, readonly=False, precompute=True
    )
    rollover = fields.Boolean(string="Rolled over")
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

    @api.depends("register_id", "close_id.date")
    def _compute_value(self):
        """What was read on that day already, or was typed, stays."""
        for line in self:
            known = line._get_reading()
            line.value = known.value if known else line.value or line.previous_value

    def _get_reading(self):
        """Return the reading of the register on that day, if there is one."""
        day = self.close_id.date
        return self.register_id.reading_ids.filtered(lambda r: r.date == day)

    def _is_read(self):
        """Tell whether that very value is read on that day and counts."""
        known = self._get_reading()
        same = known and not float_compare(known.value, self.value, precision_digits=2)
        return bool(same) and known.state in ("validated", "billed")

    def _check_moved(self):
        """Refuse the value that was proposed and never read: nothing would be billed."""
        for line in self.filtered(lambda line: line.register_id.is_main and not line.note):
            if line.previous_date and not float_compare(
                line.value, line.previous_value, precision_digits=2
            ):
                raise UserError(
                    self.env._(
                        "Meter %(meter)s shows what it showed on %(day)s. Type what it shows now; "
                        "where nothing was used since, write that as a note.",
                        meter=line.register_id.meter_id.number,
                        day=line.previous_date,
                    )
                )

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
