from odoo import api, fields, models
from odoo.exceptions import UserError

_PERIODS = ("sharp", "peak", "flat", "valley", "deep_valley")


class PowerMeterRegisterAdd(models.TransientModel):
    """Adds the registers that a meter for time of use, demand or reactive energy has."""

    _name = "power.meter.register.add"
    _description = "Add Registers"

    meter_id = fields.Many2one(comodel_name="power.meter", required=True, readonly=True)
    date_from = fields.Date(
        string="Counts from",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Day of the initial readings, at its end.",
    )
    sharp = fields.Boolean(string="Sharp peak", default=True)
    peak = fields.Boolean(default=True)
    flat = fields.Boolean(default=True)
    valley = fields.Boolean(default=True)
    deep_valley = fields.Boolean(string="Deep valley")
    reactive = fields.Boolean(string="Reactive energy")
    demand = fields.Boolean(string="Maximum demand")
    active_export = fields.Boolean(string="Active energy fed back")
    reactive_export = fields.Boolean(string="Reactive energy fed back")

    @api.depends("meter_id")
    def _compute_date_from(self):
        for wizard in self:
            wizard.date_from = wizard.meter_id._get_billed_until() or (
                wizard.meter_id.date_installed or wizard.env.company._get_power_today()
            )

    def action_add(self):
        """Create the chosen registers that the meter lacks."""
        self.ensure_one()
        present = {(r.quantity, r.period) for r in self.meter_id.register_ids}
        wanted = [what for what in self._get_wanted() if what not in present]
        if not wanted:
            raise UserError(self.env._("The meter has all these registers already."))
        first = max(self.meter_id.register_ids.mapped("sequence"), default=0) + 1
        self.env["power.meter.register"].create(
            [
                self._prepare_register_vals(quantity, period, sequence)
                for sequence, (quantity, period) in enumerate(wanted, first)
            ]
        )
        return {"type": "ir.actions.act_window_close"}

    def _get_wanted(self):
        """Return [(quantity, period)] of the ticked boxes, in the order of a meter's display."""
        wanted = [("active", period) for period in _PERIODS if self[period]]
        names = ("reactive", "demand", "active_export", "reactive_export")
        return wanted + [(name, False) for name in names if self[name]]

    def _prepare_register_vals(self, quantity, period, sequence):
        return {
            "meter_id": self.meter_id.id,
            "quantity": quantity,
            "period": period,
            "sequence": sequence,
            "date_from": self.date_from,
        }
