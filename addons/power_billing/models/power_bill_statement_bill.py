from odoo import api, fields, models
from odoo.fields import Domain


class PowerBill(models.Model):
    """A bill's place on its payer's statement."""

    _inherit = "power.bill"

    statement_id = fields.Many2one(
        comodel_name="power.bill.statement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _post_bills(self, bills):
        result = super()._post_bills(bills)
        bills._join_statements()
        return result

    def _join_statements(self):
        """Put the bills of payers who want one paper on their statements."""
        joining = self.search(
            Domain("id", "in", self.ids)
            & Domain("state", "=", "posted")
            & Domain("partner_id.power_bill_delivery", "=", "statement")
        )
        if joining:
            self.env["power.bill.statement"].sudo()._gather(joining.sudo())

    def _cancel(self, reason):
        result = super()._cancel(reason)
        for statement, bills in self.sudo().grouped("statement_id").items():
            statement._register_change(
                self.env._(
                    "Cancelled: %(bills)s (%(reason)s)",
                    bills=", ".join(bills.mapped("name")),
                    reason=reason,
                )
            )
        return result

    @api.model
    def _find_by_references(self, references, company):
        """Return {payment reference: open posted bills}: of a statement, all of its bills.

        :param references: iterable of twelve-digit references
        """
        opened = Domain(
            [
                ("company_id", "=", company.id),
                ("state", "=", "posted"),
                ("amount_residual", ">", 0),
            ]
        )
        wanted = list(references)
        bills = self.search(opened & Domain("payment_reference", "in", wanted))
        joint = self.search(opened & Domain("statement_id.payment_reference", "in", wanted))
        return {
            **bills.grouped("payment_reference"),
            **joint.grouped(lambda bill: bill.statement_id.payment_reference),
        }

    @api.model
    def _find_moves_by_references(self, references, company):
        """Return {payment reference: its open invoices}.

        Hook: what else is on the statement of a reference.

        :param references: iterable of twelve-digit references
        """
        return {
            reference: bills.move_id
            for reference, bills in self._find_by_references(references, company).items()
        }
