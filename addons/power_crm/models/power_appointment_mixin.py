from datetime import timedelta

from odoo import api, fields, models


class PowerAppointmentMixin(models.AbstractModel):
    """Planned for a moment and some hours, until it is done on a day.

    The model declares a selection ``state`` with *planned* and *done* among others.
    """

    _name = "power.appointment.mixin"
    _description = "Planned, then done"
    _inherit = ["power.state.mixin"]

    date_planned = fields.Datetime(string="Planned for", required=True, index=True, tracking=True)
    duration = fields.Float(string="Duration (h)", default=1.0)
    date_end = fields.Datetime(string="Planned until", compute="_compute_date_end", store=True)
    date_done = fields.Date(string="Done on", index=True, copy=False)

    _duration_positive = models.Constraint("CHECK (duration >= 0)", "No duration is below zero.")

    @api.depends("date_planned", "duration")
    def _compute_date_end(self):
        for record in self:
            record.date_end = record.date_planned and record.date_planned + timedelta(
                hours=record.duration
            )

    def _prepare_state_vals(self, target):
        vals = super()._prepare_state_vals(target)
        if target == "done":
            vals["date_done"] = self.date_done or self.env.company._get_power_today()
        elif target == "planned":
            vals["date_done"] = False
        return vals
