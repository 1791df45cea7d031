from odoo import fields, models


class PowerFaultMove(models.Model):
    """A step in the life of a fault: who did it and when. Written by the gate, never changed."""

    _name = "power.fault.move"
    _description = "Step of a fault"
    _order = "date, id"
    _rec_name = "fault_id"

    fault_id = fields.Many2one("power.fault", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="fault_id.company_id", store=True, precompute=True)
    state_from = fields.Selection(
        selection=lambda self: (
            self.env["power.fault"]._fields["state"]._description_selection(self.env)
        ),
        string="From",
    )
    state_to = fields.Selection(
        selection=lambda self: (
            self.env["power.fault"]._fields["state"]._description_selection(self.env)
        ),
        string="To",
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", string="By")
    note = fields.Char()
