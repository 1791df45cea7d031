from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.power_crm.tools.ages import Age, age_columns

AGES = (
    Age("1", "amount_1_30", 30),
    Age("2", "amount_31_60", 60),
    Age("3", "amount_61_90", 90),
    Age("4", "amount_91_180", 180),
    Age("5", "amount_181_365", 365),
    Age("6", "amount_over_365"),
)


class PowerArrears(models.Model):
    """What is open beyond its due date, one row a bill, sorted by how long.

    Read only; the ages are of today, so nothing has to be computed over night.
    """

    _name = "power.arrears"
    _description = "Arrears"
    _auto = False
    _order = "days_overdue desc, id"
    _rec_name = "bill_id"

    bill_id = fields.Many2one(comodel_name="power.bill", readonly=True)
    move_id = fields.Many2one(comodel_name="account.move", string="Invoice", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    partner_id = fields.Many2one(comodel_name="res.partner", string="Payer", readonly=True)
    customer_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    supply_point_id = fields.Many2one(
        comodel_name="power.supply.point", string="Supply point", readonly=True
    )
    area_id = fields.Many2one(comodel_name="power.area", readonly=True)
    usage_category_id = fields.Many2one(
        comodel_name="power.usage.category", string="Usage category", readonly=True
    )
    manager_id = fields.Many2one(comodel_name="res.users", string="Account manager", readonly=True)
    kind = fields.Selection(
        selection=[("bill", "Electricity bill"), ("late_fee", "Late payment fee")], readonly=True
    )
    is_protected = fields.Boolean(
        string="Important or life support",
        readonly=True,
        help="Ask first: the supply point tells why. Disputes are shown on the supply point too.",
    )
    date_due = fields.Date(string="Due", readonly=True)
    days_overdue = fields.Integer("Days overdue", readonly=True, aggregator="max")
    age = fields.Selection(
        selection=[
            ("1", "1–30 days"),
            ("2", "31–60 days"),
            ("3", "61–90 days"),
            ("4", "91–180 days"),
            ("5", "181–365 days"),
            ("6", "More than a year"),
        ],
        readonly=True,
    )
    amount_open = fields.Monetary(string="Open", readonly=True)
    amount_1_30 = fields.Monetary(string="1–30", readonly=True)
    amount_31_60 = fields.Monetary(string="31–60", readonly=True)
    amount_61_90 = fields.Monetary(string="61–90", readonly=True)
    amount_91_180 = fields.Monetary(string="91–180", readonly=True)
    amount_181_365 = fields.Monetary(string="181–365", readonly=True)
    amount_over_365 = fields.Monetary(string="Over 365", readonly=True)

    @property
    def _table_query(self):
        """Open receivable lines of bills and of late fees; an invoice of a fee has one bill."""
        return SQL(
            """
            SELECT late.*,
                   %(ages)s
              FROM (
                   SELECT l.id, m.id AS move_id, b.id AS bill_id, l.company_id,
                          c.currency_id, b.partner_id, b.customer_id, b.supply_point_id,
                          b.area_id, b.usage_category_id, s.manager_id,
                          CASE WHEN m.power_bill_id IS NULL THEN 'late_fee' ELSE 'bill' END
                              AS kind,
                          (s.important_level IS NOT NULL OR coalesce(s.life_support, false)
                           OR coalesce(p.power_life_support, false)) AS is_protected,
                          l.date_maturity AS date_due,
                          %(today)s - l.date_maturity AS days_overdue,
                          l.amount_residual AS amount_open
                     FROM account_move_line l
                     JOIN account_move m ON m.id = l.move_id
                      AND m.state = 'posted' AND m.move_type = 'out_invoice'
                     JOIN account_account a ON a.id = l.account_id
                      AND a.account_type = 'asset_receivable'
                     JOIN res_company c ON c.id = l.company_id
                     JOIN power_bill b ON b.id = coalesce(m.power_bill_id, (
                          SELECT min(f.bill_id) FROM power_late_fee f WHERE f.move_id = m.id))
                     JOIN power_supply_point s ON s.id = b.supply_point_id
                     JOIN res_partner p ON p.id = s.partner_id
                    WHERE l.amount_residual > 0
                      AND l.reconciled IS NOT TRUE
                      AND l.date_maturity < %(today)s
                   ) late
            """,
            ages=age_columns(AGES, SQL("days_overdue"), SQL("amount_open")),
            today=self.env.company._get_power_today(),
        )

    def action_view_bill(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "power.bill",
            "view_mode": "form",
            "res_id": self.bill_id.id,
        }
