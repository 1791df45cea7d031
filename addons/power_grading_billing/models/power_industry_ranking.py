from odoo import fields, models
from odoo.tools import SQL


class PowerIndustryRanking(models.Model):
    """Use, share and growth of each industry in the last twelve months billed."""

    _name = "power.industry.ranking"
    _description = "Ranking of industries"
    _inherit = "power.ranking.mixin"
    _auto = False
    _order = "kwh desc, id"
    _rec_name = "power_industry_id"

    place = fields.Integer(readonly=True, aggregator=None)
    customer_count = fields.Integer(string="Customers", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """SELECT min(y.id) AS id, y.company_id, p.power_industry_id,
                rank() OVER (PARTITION BY y.company_id ORDER BY sum(y.kwh) DESC) AS place,
                count(*) AS customer_count, sum(y.kwh) AS kwh, sum(y.kwh_before) AS kwh_before,
                sum(y.kwh_share) AS kwh_share,
                100 * sum(y.kwh) / NULLIF(sum(y.kwh_before), 0) - 100 AS growth,
                sum(y.charge) AS charge, sum(y.charge_share) AS charge_share,
                sum(y.charge) / NULLIF(sum(y.kwh), 0) AS average_price,
                sum(y.capacity_kva) AS capacity_kva
            FROM power_customer_year y JOIN res_partner p ON p.id = y.partner_id
            GROUP BY y.company_id, p.power_industry_id"""
        )

    def action_open_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_grading_billing.power_customer_ranking_action_kwh"
        )
        return {
            **action,
            "display_name": self.power_industry_id.display_name or self.env._("Without industry"),
            "domain": [
                ("power_industry_id", "=", self.power_industry_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "context": {},
        }
