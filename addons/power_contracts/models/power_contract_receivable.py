from odoo import fields, models
from odoo.tools import SQL


class PowerContractReceivable(models.Model):
    """What is open of the invoices of service contracts, by age as of today."""

    _name = "power.contract.receivable"
    _description = "Receivables of contracts"
    _auto = False
    _order = "days_overdue desc, id"
    _rec_name = "move_id"

    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    contract_id = fields.Many2one("contract.contract", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Payer", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    date_due = fields.Date(string="Due", readonly=True)
    days_overdue = fields.Integer(string="Days late", readonly=True, aggregator="max")
    age = fields.Selection(
        [
            ("0", "Not due"),
            ("1", "1–30 days"),
            ("2", "31–60 days"),
            ("3", "61–90 days"),
            ("4", "More than 90 days"),
        ],
        readonly=True,
    )
    amount_open = fields.Monetary(string="Open", readonly=True)
    amount_not_due = fields.Monetary(string="Not due", readonly=True)
    amount_1_30 = fields.Monetary(string="1–30", readonly=True)
    amount_31_60 = fields.Monetary(string="31–60", readonly=True)
    amount_61_90 = fields.Monetary(string="61–90", readonly=True)
    amount_over_90 = fields.Monetary(string="Over 90", readonly=True)

    @property
    def _table_query(self):
        self.env["account.move.line"].flush_model()
        return SQL(
            """
            SELECT open.*,
                   CASE WHEN days_overdue <= 0 THEN '0' WHEN days_overdue <= 30 THEN '1'
                        WHEN days_overdue <= 60 THEN '2' WHEN days_overdue <= 90 THEN '3'
                        ELSE '4' END AS age,
                   CASE WHEN days_overdue <= 0 THEN amount_open ELSE 0 END AS amount_not_due,
                   CASE WHEN days_overdue BETWEEN 1 AND 30 THEN amount_open ELSE 0 END
                       AS amount_1_30,
                   CASE WHEN days_overdue BETWEEN 31 AND 60 THEN amount_open ELSE 0 END
                       AS amount_31_60,
                   CASE WHEN days_overdue BETWEEN 61 AND 90 THEN amount_open ELSE 0 END
                       AS amount_61_90,
                   CASE WHEN days_overdue > 90 THEN amount_open ELSE 0 END AS amount_over_90
              FROM (
                   SELECT line.id, line.move_id, contract.id AS contract_id, line.company_id,
                          company.currency_id, line.partner_id, contract.user_id,
                          line.date_maturity AS date_due,
                          greatest(%(today)s - line.date_maturity, 0) AS days_overdue,
                          line.amount_residual AS amount_open
                     FROM account_move_line line
                     JOIN account_account account ON account.id = line.account_id
                      AND account.account_type = 'asset_receivable'
                     JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
                      AND move.move_type IN ('out_invoice', 'out_refund')
                     JOIN res_company company ON company.id = line.company_id
                     JOIN LATERAL (
                          SELECT service.contract_id FROM account_move_line item
                            JOIN contract_line service ON service.id = item.contract_line_id
                           WHERE item.move_id = line.move_id ORDER BY item.id LIMIT 1) first
                       ON TRUE
                     JOIN contract_contract contract ON contract.id = first.contract_id
                      AND contract.is_power_service
                    WHERE line.amount_residual <> 0 AND line.reconciled IS NOT TRUE
                   ) open
            """,
            today=self.env.company._get_power_today(),
        )

    def action_open_invoice(self):
        self.ensure_one()
        return self.move_id.get_formview_action()
