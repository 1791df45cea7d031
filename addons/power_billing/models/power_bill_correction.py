from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class PowerBill(models.Model):
    """A bill made again: what was wrong with the one before, and what was paid on it."""

    _inherit = "power.bill"

    corrects_id = fields.Many2one(
        comodel_name="power.bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    credit_line_ids = fields.Many2many(
        comodel_name="account.move.line",
        string="Paid on the corrected bill",
        readonly=True,
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    correction = fields.Html(compute="_compute_correction")

    @api.depends("corrects_id.line_ids", "line_ids")
    def _compute_correction(self):
        for bill in self:
            text = bill.corrects_id and self.env["ir.qweb"]._render(
                "power_billing.bill_correction", {"bill": bill}
            )
            bill.correction = Markup(text) if text else False

    def _bill_again(self, reason):
        """Cancel posted bills and rate them again at once; what was paid waits for the new ones.

        A bill whose reading or tariff is still to be mended is rated again afterwards.

        :param str reason: kept at the cancelled bill and its credit note
        :return: the new bills, in the order of the old ones
        """
        again = self.browse()
        for bill in self.sorted("period_to", reverse=True):
            if bill.state != "posted":
                raise UserError(
                    self.env._("Only a posted bill is billed again, not %s.", bill.name)
                )
            paid = bill._get_paid_lines()
            bill._cancel(reason)
            bill.flush_recordset()  # the index of living bills must see it go first
            again |= self.create(bill._prepare_correction_vals(paid))
        again._rate_bills()  # one that follows another of them waits until that one is posted
        return self.browse([bill.id for old in self for bill in again if bill.corrects_id == old])

    def _prepare_correction_vals(self, paid):
        return {
            **self._prepare_again_vals(),
            "corrects_id": self.id,
            "credit_line_ids": [fields.Command.set(paid.ids)],
        }

    def _get_paid_lines(self):
        """Return the receivable lines of the payments made on this bill's invoice."""
        lines = self.move_id.sudo().line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        return lines.matched_credit_ids.credit_move_id

    def _post_bills(self, bills):
        result = super()._post_bills(bills)
        for bill in bills.filtered("corrects_id"):
            bill._use_paid_lines()
        return result

    def _use_paid_lines(self):
        """Match what was paid on the corrected bill with the new invoice; a rest stays credit."""
        lines = (self.sudo().credit_line_ids | self.sudo().move_id.line_ids).filtered(
            lambda line: (
                line.account_type == "asset_receivable"
                and not line.reconciled
                and line.parent_state == "posted"
            )
        )
        if len(lines.move_id) > 1 and self.move_id.sudo() in lines.move_id:
            lines.reconcile()

    def _get_correction_rows(self):
        """Return what each charge was and is, in the language of the context.

        :return: dicts: name, unit, old_quantity, old_amount, quantity, amount, difference; only
            charges that changed
        """
        self.ensure_one()
        rows = {}
        for prefix, bill in (("old_", self.corrects_id.sudo()), ("", self)):
            for line in bill.line_ids:
                name = line._get_label(self.env.lang)
                row = rows.setdefault(
                    name,
                    {
                        "name": name,
                        "unit": line.unit,
                        "old_quantity": 0,
                        "old_amount": 0,
                        "quantity": 0,
                        "amount": 0,
                    },
                )
                row[f"{prefix}quantity"] += line.quantity
                row[f"{prefix}amount"] += line.amount
        for row in rows.values():
            row["difference"] = self.currency_id.round(row["amount"] - row["old_amount"])
        return [
            row
            for row in rows.values()
            if row["difference"] or row["quantity"] != row["old_quantity"]
        ]
