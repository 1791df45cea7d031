from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    power_dunning = fields.Boolean(
        string="Take dunning steps",
        help="Send reminders and raise activities on the days of the service levels. Off: the days "
        "are only shown.",
    )
