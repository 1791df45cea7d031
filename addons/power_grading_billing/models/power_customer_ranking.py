from odoo import api, fields, models
from odoo.tools import SQL


class PowerCustomerRanking(models.Model):
    """The rankings of the trade, a row a customer: its year beside its profile and its grades."""

    _name = "power.customer.ranking"
    _description = "Ranking of customers"
    _inherit = "power.ranking.mixin"
    _auto = False
    _order = "rank_kwh, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    power_area_id = fields.Many2one("power.area", string="Area", readonly=True)
    power_account_manager_id = fields.Many2one("res.users", string="Account manager", readonly=True)
    power_grade_credit = fields.Char(string="Credit", readonly=True)
    power_grade_value = fields.Char(string="Value", readonly=True)
    power_grade_risk = fields.Char(string="Risk", readonly=True)
    power_grade_pyramid = fields.Char(string="Pyramid", readonly=True)
    date = fields.Date(string="Twelve months to", readonly=True)
    month_kwh = fields.Float(string="kWh of the last month", digits=(16, 0), readonly=True)
    kwh_share = fields.Float(digits=(16, 3))
    month_share = fields.Float(string="Share of the month (%)", digits=(16, 3), readonly=True)
    charge_share = fields.Float(digits=(16, 3))
    price_gap = fields.Float(
        string="Above the average price (%)",
        digits=(16, 1),
        readonly=True,
        aggregator=None,
        help="Against what all customers of the company pay per kWh.",
    )
    capacity_use = fields.Float(
        string="Capacity in use (%)",
        digits=(16, 1),
        readonly=True,
        aggregator=None,
        help="Average load of the twelve months in the installed capacity, 1 kVA as 1 kW.",
    )
    capacity_room = fields.Float(
        string="Room (kVA)",
        digits=(16, 0),
        readonly=True,
        help="Installed capacity above the average load.",
    )
    rank_kwh = fields.Integer(string="Place by kWh", readonly=True, aggregator=None)
    rank_month = fields.Integer(string="Place in the month", readonly=True, aggregator=None)
    rank_growth = fields.Integer(string="Place by growth", readonly=True, aggregator=None)
    rank_charge = fields.Integer(string="Place by charge", readonly=True, aggregator=None)
    rank_price = fields.Integer(string="Place by price", readonly=True, aggregator=None)
    rank_use = fields.Integer(string="Place by use", readonly=True, aggregator=None)

    @property
    def _table_query(self):
        return SQL(
            """SELECT y.*, p.power_industry_id, p.power_area_id, p.power_account_manager_id,
                g.credit AS power_grade_credit, g.value AS power_grade_value,
                g.risk AS power_grade_risk, g.pyramid AS power_grade_pyramid,
                y.capacity_kva * (1 - COALESCE(y.capacity_use, 0) / 100) AS capacity_room
            FROM power_customer_year y JOIN res_partner p ON p.id = y.partner_id
            LEFT JOIN power_customer_grade g
                ON g.partner_id = y.partner_id AND g.company_id = y.company_id"""
        )

    @api.model
    def action_refresh(self):
        """Read the bills anew (it is done every night anyway)."""
        self.check_access("read")
        self.env["power.customer.year"].sudo()._refresh(self.env.companies)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_customer(self):
        self.ensure_one()
        return self.partner_id.get_formview_action()
