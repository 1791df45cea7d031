from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Invoices of service contracts spread their prepaid income when they are posted."""

    _inherit = "account.move"

    power_recognised_ids = fields.One2many(
        "power.contract.deferral", "move_id", string="Income recognised", readonly=True
    )

    def _post(self, soft=True):
        self.invoice_line_ids.filtered("power_service_to")._settle_power_account()
        posted = super()._post(soft=soft)
        posted.invoice_line_ids.filtered("power_service_to")._create_power_deferrals()
        return posted

    def button_draft(self):
        lines = self.invoice_line_ids.filtered("power_deferral_ids")
        rows = lines.sudo().power_deferral_ids
        self._check_not_recognised(rows)
        result = super().button_draft()
        rows._restore_others()
        rows.unlink()
        return result

    def _check_not_recognised(self, rows):
        for row in rows.filtered(lambda row: row.state == "posted"):
            raise UserError(
                self.env._(
                    "%(invoice)s: its income until %(day)s is in the books already. Make a credit "
                    "note instead.",
                    invoice=row.invoice_id.display_name,
                    day=fields.Date.to_string(row.date_to),
                )
            )
        for row in rows.filtered(lambda row: row.state == "cancelled" and row.amount > 0):
            raise UserError(
                self.env._(
                    "%(invoice)s is credited in part. Reset the credit note first.",
                    invoice=row.invoice_id.display_name,
                )
            )
