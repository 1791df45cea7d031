from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.power_crm.tools.ages import Age, age_columns


class PowerContractReceivable(models.Model):
    """What is open of the invoices of service contracts, by age as of today."""

    _name = "power.contract.receivable"
    _inherit = ["power.contract.workbook"]
    _description = "Receivables of contracts"
    _auto = False
    _order = "days_overdue desc, id"
    _rec_name = "move_id"
    _AGES = (
        Age("0", "amount_not_due", 0),
        Age("1", "amount_1_30", 30),
        Age("2", "amount_31_60", 60),
        Age("3", "amount_61_90", 90),
        Age("4", "amount_over_90"),
    )

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
                   %(ages)s
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
            ages=age_columns(self._AGES, SQL("days_overdue"), SQL("amount_open")),
            today=self.env.company._get_power_today(),
        )

    def action_open_invoice(self):
        self.ensure_one()
        return self.move_id.get_formview_action()
