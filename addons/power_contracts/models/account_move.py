from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Invoices of service contracts spread their prepaid income when they are posted."""

    _inherit = "account.move"

    power_recognised_ids = fields.One2many(
        "power.contract.deferral", "move_id", string="Income recognised", readonly=True
    )

    def _post(self, soft=True):
        # A credit takes back what its invoice deferred: of both at once, the invoice goes first.
        lines = self.invoice_line_ids.filtered("power_service_to")
        credits = lines.move_id.filtered(lambda move: move.move_type == "out_refund")
        posted = self.browse()
        for moves in filter(None, (self - credits, credits)) if credits else (self,):
            moves.invoice_line_ids.filtered("power_service_to")._settle_power_account()
            now = super(AccountMove, moves)._post(soft=soft)
            now._follow_service_posting()
            posted |= now
        return posted

    def _follow_service_posting(self):
        """Hook: what their posting, in whatever way, means for the contracts of these moves."""
        self.invoice_line_ids.filtered("power_service_to")._create_power_deferrals()

    def _get_power_contracts(self):
        return self.invoice_line_ids.contract_line_id.contract_id

    def _link_power_visits(self, until=None):
        """Mark the visits done until a day (the last one invoiced of their line) as invoiced."""
        for move_line in self.invoice_line_ids:
            line = move_line.contract_line_id
            if line.visit_months and line.contract_id.is_power_service:
                visits = line._get_visits_to_invoice(until or line.last_date_invoiced)
                visits.sudo().invoice_line_id = move_line

    def _log_power_origin(self):
        """Note the contracts in all invoices at once: a message each costs a tenth of a draft."""
        self._message_log_batch(
            bodies={move.id: move._get_power_contracts()._get_power_origin_note() for move in self}
        )

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
