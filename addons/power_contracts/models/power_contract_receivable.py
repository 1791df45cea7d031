from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.power_crm.tools.ages import Age, age_columns


class PowerContractReceivable(models.Model):
    """What is open of the invoices of contracts and of single jobs, by age as of today."""

    _name = "power.contract.receivable"
    _inherit = ["power.contract.workbook"]
    _description = "Receivables of services"
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
    contract_id = fields.Many2one(
        "contract.contract", readonly=True, help="Empty: a single job, sold by its quotation."
    )
    sale_order_id = fields.Many2one("sale.order", string="Quotation", readonly=True)
    source = fields.Selection(
        [("contract", "Service contract"), ("job", "Single job")], readonly=True
    )
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
        for model in ("account.move.line", "contract.line", "contract.contract"):
            self.env[model].flush_model()
        self.env["product.template"].flush_model(["power_service_kind"])
        self.env["sale.order.line"].flush_model(["invoice_lines"])
        return SQL(
            """
            SELECT open.*,
                   %(ages)s
              FROM (
                   SELECT line.id, line.move_id, sold.contract_id, sold.sale_order_id,
                          CASE WHEN sold.contract_id IS NULL THEN 'job' ELSE 'contract' END
                              AS source,
                          line.company_id, company.currency_id, line.partner_id,
                          coalesce(sold.user_id, move.invoice_user_id) AS user_id,
                          line.date_maturity AS date_due,
                          greatest(%(today)s - line.date_maturity, 0) AS days_overdue,
                          line.amount_residual AS amount_open
                     FROM account_move_line line
                     JOIN account_account account ON account.id = line.account_id
                      AND account.account_type = 'asset_receivable'
                     JOIN account_move move ON move.id = line.move_id AND move.state = 'posted'
                      AND move.move_type IN ('out_invoice', 'out_refund')
                     JOIN res_company company ON company.id = line.company_id
                    CROSS JOIN LATERAL (%(sold)s) sold
                    WHERE line.amount_residual <> 0 AND line.reconciled IS NOT TRUE
                   ) open
            """,
            sold=self._get_sold_sql(),
            ages=age_columns(self._AGES, SQL("days_overdue"), SQL("amount_open")),
            today=self.env.company._get_power_today(),
        )

    def _get_sold_sql(self):
        """Hook: what an invoice (``line.move_id``) is for; no row where it is for no service.

        Its first service says it, that of a contract before a single job.
        """
        return SQL(
            """
            SELECT contract.id AS contract_id, contract.user_id, job.order_id AS sale_order_id
              FROM account_move_line item
              LEFT JOIN contract_line service ON service.id = item.contract_line_id
              LEFT JOIN contract_contract contract ON contract.id = service.contract_id
              LEFT JOIN LATERAL (
                   SELECT min(sold.order_id) AS order_id
                     FROM sale_order_line_invoice_rel rel
                     JOIN sale_order_line sold ON sold.id = rel.order_line_id
                    WHERE rel.invoice_line_id = item.id AND contract.id IS NULL) job ON TRUE
             WHERE item.move_id = line.move_id AND item.display_type = 'product'
               AND (contract.is_power_service
                    OR contract.id IS NULL AND item.product_id IN (
                       SELECT variant.id FROM product_product variant
                         JOIN product_template product ON product.id = variant.product_tmpl_id
                        WHERE product.power_service_kind IS NOT NULL))
             ORDER BY contract.id IS NULL, item.id
             LIMIT 1
            """
        )

    def action_open_invoice(self):
        self.ensure_one()
        return self.move_id.get_formview_action()
