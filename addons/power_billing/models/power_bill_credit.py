from odoo import fields, models
from odoo.tools import SQL


class PowerBill(models.Model):
    """New bills are paid from what the payer has on account; prepaid balances follow."""

    _inherit = "power.bill"

    balance_before = fields.Monetary(
        "Balance before",
        readonly=True,
        copy=False,
        help="The payer's account when this bill was posted: credit less open bills and late "
        "fees. Below zero: owed.",
    )

    def _note_accounts(self):
        """Note what each payer's account stands at; of several bills of one payer the earlier
        ones count for the later. Bills of payers at zero are left alone."""
        result = super()._note_accounts()
        self.env.flush_all()
        with self._without_nested_loops():
            self.env.cr.execute(
                SQL(
                    """
                    WITH mine AS MATERIALIZED (
                        SELECT b.id, b.company_id, p.commercial_partner_id AS partner_id,
                               coalesce(sum(b.amount_total) OVER (
                                   PARTITION BY b.company_id, p.commercial_partner_id
                                       ORDER BY b.id
                                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
                               AS before
                          FROM power_bill b
                          JOIN res_partner p ON p.id = b.partner_id
                         WHERE b.id = ANY(%(bills)s)
                    ), account AS MATERIALIZED (
                        SELECT l.company_id, l.partner_id, -sum(l.amount_residual) AS balance
                          FROM account_move_line l
                          JOIN account_account a ON a.id = l.account_id
                           AND a.account_type = 'asset_receivable'
                          JOIN account_move m ON m.id = l.move_id
                         WHERE l.partner_id = ANY(%(partners)s)
                           AND l.company_id = ANY(%(companies)s)
                           AND l.parent_state = 'posted'
                           AND l.reconciled IS NOT TRUE
                           AND (l.amount_residual < 0 OR m.power_bill_id IS NOT NULL OR EXISTS (
                               SELECT 1 FROM power_late_fee f WHERE f.move_id = m.id))
                      GROUP BY l.company_id, l.partner_id
                    )
                    UPDATE power_bill b
                       SET balance_before = coalesce(account.balance, 0) - mine.before
                      FROM mine
                 LEFT JOIN account USING (company_id, partner_id)
                     WHERE b.id = mine.id
                       AND coalesce(account.balance, 0) - mine.before <> 0
                    """,
                    bills=self.ids,
                    partners=self._get_commercial_payers().ids,
                    companies=self.company_id.ids,
                )
            )
        self.invalidate_recordset(["balance_before"])
        return result

    def _get_commercial_payers(self):
        payers = self.partner_id
        payers.fetch(["commercial_partner_id"])  # without the many other columns
        return payers.commercial_partner_id

    def _post_bills(self, bills):
        result = super()._post_bills(bills)
        for company in bills.company_id.filtered("power_use_credit"):
            own = bills.filtered(lambda bill, company=company: bill.company_id == company)
            own.partner_id._use_power_credit(company)
        for company, own in bills.grouped("company_id").items():
            own.partner_id._update_power_prepaid(company)
        return result

    def _cancel(self, reason):
        result = super()._cancel(reason)
        for company, bills in self.filtered("move_id").grouped("company_id").items():
            bills.partner_id._update_power_prepaid(company)
        return result
