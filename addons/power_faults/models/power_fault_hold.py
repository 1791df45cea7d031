from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class PowerFaultHold(models.Model):
    """A stretch in which work on a fault waits."""

    _name = "power.fault.hold"
    _description = "Hold of a fault"
    _order = "date_from desc, id desc"
    _rec_name = "reason_id"

    fault_id = fields.Many2one("power.fault", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="fault_id.company_id", store=True, precompute=True)
    reason_id = fields.Many2one("power.fault.hold.reason", required=True, ondelete="restrict")
    date_from = fields.Datetime(string="From", required=True, default=fields.Datetime.now)
    date_to = fields.Datetime(string="To")
    user_id = fields.Many2one("res.users", string="By", default=lambda self: self.env.user)
    note = fields.Char()

    _one_open = models.UniqueIndex(
        "(fault_id) WHERE date_to IS NULL", "This fault is on hold already."
    )
    _dates_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)", "A hold cannot end before it begins."
    )

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        for hold in holds:
            if not hold.fault_id.is_open:
                raise UserError(
                    self.env._(
                        "Fault %(fault)s is no longer open; it cannot be put on hold.",
                        fault=hold.fault_id.display_name,
                    )
                )
        holds._check_begin()
        holds.fault_id._sync_clocks()
        return holds

    def _check_begin(self):
        for hold in self:
            if not hold.fault_id.date_reported <= hold.date_from <= fields.Datetime.now():
                raise UserError(
                    self.env._(
                        "“From” of the hold of %(fault)s must lie between its report and now.",
                        fault=hold.fault_id.display_name,
                    )
                )

    def write(self, vals):
        """A hold once made is ended, and no more: the clocks rest on it."""
        if not self.env.su and not vals.keys() <= {"note"}:
            raise AccessError(
                self.env._("A hold cannot be changed. End it with “Go on” and make another.")
            )
        result = super().write(vals)
        self.fault_id._sync_clocks()
        return result
