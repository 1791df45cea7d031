from odoo import fields, models


class ResCompany(models.Model):
    """What becomes of the invoices that contracts draft."""

    _inherit = "res.company"

    power_service_invoices = fields.Selection(
        [
            ("draft", "Drafts that finance posts"),
            ("post", "Posted by themselves"),
            ("send", "Posted and mailed by themselves"),
        ],
        string="Invoices of contracts",
        required=True,
        default="draft",
        help="Posted on their day by the daily job, credit notes too; one with an activity waits. "
        "What comes with the electricity bill is mailed with it.",
    )
