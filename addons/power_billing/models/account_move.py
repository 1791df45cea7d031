from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    power_bill_id = fields.Many2one(
        comodel_name="power.bill",
        string="Electricity bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    def _get_name_invoice_report(self):
        self.ensure_one()
        if self.power_bill_id and self.move_type == "out_invoice":
            return "power_billing.report_bill_document"
        return super()._get_name_invoice_report()
