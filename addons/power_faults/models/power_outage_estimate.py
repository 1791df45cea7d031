from odoo import fields, models


class PowerOutageEstimate(models.Model):
    """A version of the time at which power is expected back, and what it rests on."""

    _name = "power.outage.estimate"
    _description = "Expected restoration"
    _order = "date desc, id desc"
    _rec_name = "date_expected"

    outage_id = fields.Many2one("power.outage", required=True, index=True, ondelete="cascade")
    date = fields.Datetime(string="Made on", required=True, default=fields.Datetime.now)
    date_expected = fields.Datetime(string="Expected back", required=True)
    date_bound = fields.Datetime(string="Very likely back (80 %)")
    samples = fields.Integer(string="Like faults")
    basis = fields.Char(string="Rests on")
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    told = fields.Boolean(string="Customers told")
    company_id = fields.Many2one(related="outage_id.company_id", store=True, index=True)
