import logging

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class ResPartner(models.Model):
    """Money on account: what is open in the receivable account, no ledger beside it."""

    _inherit = "res.partner"

    power_late_fee_count = fields.Integer(
        compute="_compute_power_account", groups="power_crm.group_user"
    )
    power_credit = fields.Monetary(
        string="Credit on account",
        compute="_compute_power_account",
        groups="power_crm.group_user",
        help="Money received that is not set against a bill yet.",
    )
    power_autopay_ids = fields.One2many(
        comodel_name="power.autopay", inverse_name="partner_id", groups="power_crm.group_user"
    )

    def _compute_power_account(self):
        fees = dict(
            self.env["power.late.fee"]._read_group(
                [("partner_id", "in", self.ids), ("state", "!=", "cancelled")],
                ["partner_id"],
                ["__count"],
            )
        )
        credits = self._get_power_credits(self.env.companies)
        for partner in self:
            partner.power_late_fee_count = fees.get(partner, 0)
            partner.power_credit = credits.get(partner.commercial_partner_id.id, 0.0)

    def _get_power_credits(self, companies):
        """Return {commercial partner id: open credit} in the companies' receivable accounts."""
        groups = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    *self._get_power_receivable_domain(companies),
                    ("amount_residual", "<", 0),
                ],
                ["partner_id"],
                ["amount_residual:sum"],
            )
        )
        return {partner.id: -amount for partner, amount in groups}

    def _update_power_prepaid(self, company):
        """Bring the prepaid balances of these payers up to date, for their books have changed."""
        accounts = (
            self.env["power.prepaid.account"]
            .sudo()
            .search(
                [
                    ("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", company.id),
                ]
            )
        )
        if accounts:
            accounts._update_isolated(self.env.company._get_power_today())

    def _get_power_receivable_domain(self, companies):
        return [
            ("partner_id", "in", self.commercial_partner_id.ids),
            ("company_id", "in", companies.ids),
            ("account_id.account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
        ]

    def _get_power_open_moves(self, company):
        """Return the open invoices of bills and late fees, in due order."""
        moves = self.env["account.move"].search(
            self._get_power_open_domain() & Domain("company_id", "=", company.id)
        )
        return moves.sorted(lambda move: (move.invoice_date_due or move.date, move.id))

    def _get_power_open_domain(self):
        return (
            Domain("commercial_partner_id", "in", self.commercial_partner_id.ids)
            & Domain("state", "=", "posted")
            & Domain("move_type", "=", "out_invoice")
            & Domain("payment_state", "in", ("not_paid", "partial", "in_payment"))
            & Domain("amount_residual", ">", 0)
            & self._get_power_invoices_domain()
        )

    def _get_power_open_elsewhere(self, company):
        """Return [(company, amount in its currency)] still open with other companies."""
        return self.env["account.move"]._read_group(
            self._get_power_open_domain() & Domain("company_id", "!=", company.id),
            ["company_id"],
            ["amount_residual_signed:sum"],
        )

    def _get_power_invoices_domain(self):
        """Hook: which invoices are paid as electricity is: bills and late fees."""
        return Domain("power_bill_id", "!=", False) | Domain("power_late_fee_ids", "!=", False)

    def action_view_late_fees(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_billing.power_late_fee_action"
        )
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}

    def action_view_power_credit(self):
        """Show the entries that the credit is made of."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit on account"),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [
                *self._get_power_receivable_domain(self.env.companies),
                ("amount_residual", "<", 0),
            ],
            "context": {"create": False},
        }

    def action_use_power_credit(self):
        self.env["account.move"].check_access("write")
        for company in self.env.companies:
            self._use_power_credit(company)

    def _use_power_credit(self, company):
        """Set customers' open credit against their open electricity bills, in due order.

        All customers are reconciled together; when that fails, one by one, and one that cannot
        be reconciled is left as it is.

        :return: how many customers had both
        """
        plan = self._get_power_credit_plan(company)
        if not plan:
            return 0
        lines = self.env["account.move.line"].sudo()
        try:
            with self.env.cr.savepoint():
                lines._reconcile_plan(plan)
                self.env.flush_all()
        except Exception:  # whatever is wrong with one customer, the others' credit is used
            _logger.info("Credit is used one customer at a time.", exc_info=True)
            self.env.invalidate_all()
            for own in plan:
                self._use_power_credit_alone(own)
        return len(plan)

    def _use_power_credit_alone(self, lines):
        try:
            with self.env.cr.savepoint():
                lines.reconcile()
                self.env.flush_all()
        except Exception:
            _logger.warning("Credit of %s is not used.", lines.partner_id.ids, exc_info=True)
            self.env.invalidate_all()

    def _get_power_credit_plan(self, company):
        """Return what to reconcile: one recordset of lines a customer and account."""
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        self.env["power.late.fee"].flush_model(["move_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH open AS (
                    SELECT l.id, l.partner_id, l.account_id, l.move_id, l.amount_residual
                      FROM account_move_line l
                      JOIN account_account a ON a.id = l.account_id
                       AND a.account_type = 'asset_receivable'
                     WHERE l.partner_id = ANY(%(partners)s)
                       AND l.company_id = %(company)s
                       AND l.parent_state = 'posted'
                       AND l.reconciled IS NOT TRUE
                ), credit AS (
                    SELECT id, partner_id, account_id FROM open WHERE amount_residual < 0
                ), bill AS (
                    SELECT o.id, o.partner_id, o.account_id
                      FROM open o
                      JOIN account_move m ON m.id = o.move_id
                     WHERE o.amount_residual > 0
                       AND m.move_type = 'out_invoice'
                       AND (m.power_bill_id IS NOT NULL OR EXISTS (
                           SELECT 1 FROM power_late_fee f WHERE f.move_id = m.id))
                )
                SELECT partner_id, account_id, array_agg(id)
                  FROM (SELECT * FROM credit UNION ALL SELECT * FROM bill) lines
                 WHERE (partner_id, account_id) IN (SELECT partner_id, account_id FROM credit)
                   AND (partner_id, account_id) IN (SELECT partner_id, account_id FROM bill)
              GROUP BY partner_id, account_id
              ORDER BY partner_id, account_id
                """,
                partners=self.commercial_partner_id.ids,
                company=company.id,
            )
        )
        lines = self.env["account.move.line"].sudo()
        return [lines.browse(sorted(ids)) for _partner, _account, ids in rows]
