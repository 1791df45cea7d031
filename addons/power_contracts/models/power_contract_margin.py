from odoo import fields, models
from odoo.tools import SQL


class PowerContractMargin(models.Model):
    """What contracts earned and cost, by the day: the items of their analytic accounts."""

    _name = "power.contract.margin"
    _inherit = ["power.contract.workbook"]
    _description = "Margin of contracts"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "contract_id"

    contract_id = fields.Many2one("contract.contract", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Responsible", readonly=True)
    tier = fields.Selection(
        selection=lambda self: (
            self.env["contract.template"]._fields["tier"]._description_selection(self.env)
        ),
        string="Package",
        readonly=True,
    )
    date = fields.Date(readonly=True)
    name = fields.Char(string="Item", readonly=True)
    hours = fields.Float(readonly=True)
    income = fields.Monetary(readonly=True)
    time_cost = fields.Monetary(string="Technicians' time", readonly=True)
    part_cost = fields.Monetary(string="Parts", readonly=True)
    other_cost = fields.Monetary(string="Other costs", readonly=True)
    margin = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        column = self.env["contract.contract"]._get_analytic_column()
        for model in ("account.analytic.line", "contract.contract", "account.account"):
            self.env[model].flush_model()
        return SQL(
            """
            SELECT item.id, contract.id AS contract_id, item.company_id,
                   company.currency_id, contract.partner_id, contract.user_id, contract.tier,
                   item.date, item.name, item.amount AS margin,
                   CASE WHEN item.category = 'power_time' THEN item.unit_amount ELSE 0 END
                       AS hours,
                   CASE WHEN kind.code = 'income' THEN item.amount ELSE 0 END AS income,
                   CASE WHEN kind.code = 'power_time' THEN item.amount ELSE 0 END AS time_cost,
                   CASE WHEN kind.code = 'power_part' THEN item.amount ELSE 0 END AS part_cost,
                   CASE WHEN kind.code = 'other' THEN item.amount ELSE 0 END AS other_cost
              FROM account_analytic_line item
              JOIN contract_contract contract
                ON contract.power_analytic_account_id = item.%(column)s
              JOIN res_company company ON company.id = item.company_id
              LEFT JOIN account_account account ON account.id = item.general_account_id
             CROSS JOIN LATERAL (SELECT CASE
                        WHEN item.category IN ('power_time', 'power_part') THEN item.category
                        WHEN account.account_type IN ('income', 'income_other') THEN 'income'
                        ELSE 'other' END AS code) kind
            """,
            column=SQL.identifier(column),
        )

    def action_open_contract(self):
        self.ensure_one()
        return self.contract_id.get_formview_action()
