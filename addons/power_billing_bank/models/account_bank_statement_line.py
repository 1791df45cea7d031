from odoo import models

from odoo.addons.power_billing.tools.reference import find_references


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _retrieve_partner(self):
        """The payer of the bills a line names is its partner, whatever name the bank writes."""
        for line in self.filtered(lambda line: line.amount > 0 and not line.partner_id):
            payer = line._get_referred_bills().partner_id
            if len(payer) == 1:
                line.partner_id = payer
        return super()._retrieve_partner()

    def _do_auto_reconcile_invoices(self):
        """Pay the bills whose references a line carries, before the general search.

        The reference has check digits, so a hit is certain and the payer's name does not matter.
        Less than the bill is a part payment. More than the bills come to is only proposed: what
        is over is for a clerk to decide.
        """
        lines = self.filtered(lambda line: line.amount > 0)
        bills_by_line = {line: line._get_referred_bills() for line in lines}
        referred = self.browse().union(*(line for line, bills in bills_by_line.items() if bills))
        done = self.browse()
        for line in referred:
            if line._propose_bills(bills_by_line[line]):
                done |= line
        rest, others = super(
            AccountBankStatementLine, self - referred
        )._do_auto_reconcile_invoices()
        return rest, done | others

    def _get_bank_text(self):
        """Return all text in which a payer may have written a reference."""
        self.ensure_one()
        parts = (self.payment_ref, self.ref, self.narration)
        return " ".join(filter(None, map(str, parts)))

    def _get_referred_bills(self):
        """Return the open bills named in the line's text, the oldest first."""
        self.ensure_one()
        references = find_references(self._get_bank_text())
        if not references:
            return self.env["power.bill"]
        return self.env["power.bill"].search(
            [
                ("payment_reference", "in", references),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "posted"),
                ("amount_residual", ">", 0),
                ("currency_id", "=", self.currency_id.id),
            ],
            order="period_from, id",
        )

    def _propose_bills(self, bills):
        """Put the bills' receivables against the line.

        :return: whether all of the line's money goes to them
        """
        self.ensure_one()
        data, auxiliary = [], 1
        for liquidity in self._seek_for_lines()[0]:
            auxiliary, lines = self._get_reconcile_line(
                liquidity, "liquidity", reconcile_auxiliary_id=auxiliary, move=True
            )
            data += lines
        left = self.amount
        for receivable in bills.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        ).sorted("date_maturity"):
            if left <= 0:
                break
            auxiliary, lines = self._get_reconcile_line(
                receivable,
                "other",
                is_counterpart=True,
                reconcile_auxiliary_id=auxiliary,
                max_amount=left,
                move=True,
            )
            data += lines
            left = self.currency_id.round(left - receivable.amount_residual)
        self.reconcile_data_info = self._recompute_suspense_line(
            data, auxiliary, self.manual_reference
        )
        return left <= 0 and bool(self.reconcile_data_info.get("can_reconcile"))
