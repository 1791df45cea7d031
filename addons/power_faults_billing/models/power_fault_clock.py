from odoo import fields, models


class PowerFaultClock(models.Model):
    _inherit = "power.fault.clock"

    promise_credit_ids = fields.One2many("power.promise.credit", "clock_id", string="Credits")
