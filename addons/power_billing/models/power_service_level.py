from odoo import fields, models


class PowerServiceLevel(models.Model):
    _inherit = "power.service.level"

    payment_term_id = fields.Many2one(
        comodel_name="account.payment.term",
        string="Payment terms",
        company_dependent=True,
        help="Payment terms of the electricity bills of customers of this level; empty: the "
        "company's.",
    )
