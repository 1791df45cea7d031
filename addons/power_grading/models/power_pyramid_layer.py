from odoo import api, fields, models
from odoo.tools import SQL


class PowerPyramidLayer(models.Model):
    """The layers of the leading pyramid with what they bring; one row a company and band."""

    _name = "power.pyramid.layer"
    _description = "Layer of the customer pyramid"
    _auto = False
    _order = "sequence, id"
    _rec_name = "band_id"

    company_id = fields.Many2one("res.company", readonly=True)
    band_id = fields.Many2one("power.grading.band", string="Layer", readonly=True)
    sequence = fields.Integer(readonly=True, aggregator=None)
    legend = fields.Char(related="band_id.legend", string="Treatment")
    customer_count = fields.Integer(string="Customers", readonly=True)
    customer_share = fields.Float(
        string="Share of customers (%)", compute="_compute_shares", digits=(16, 1)
    )
    charge = fields.Float(
        string="Charge of twelve months",
        digits=(16, 2),
        readonly=True,
        help="As it was when the customers were graded, in the company's currency.",
    )
    charge_share = fields.Float(
        string="Share of the charge (%)", compute="_compute_shares", digits=(16, 1)
    )
    capacity_kva = fields.Float(string="Capacity (kVA)", digits=(16, 2), readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """SELECT min(r.id) AS id, r.company_id, r.band_id, min(b.sequence) AS sequence,
                count(*) AS customer_count, sum(r.score) AS charge,
                sum(p.power_capacity_kva) AS capacity_kva
            FROM power_grading_result r
            JOIN power_grading_band b ON b.id = r.band_id
            JOIN power_grading_scheme s ON s.id = b.scheme_id AND s.axis = 'pyramid' AND s.leading
            JOIN res_partner p ON p.id = r.partner_id
            WHERE r.current
            GROUP BY r.company_id, r.band_id"""
        )

    @api.depends("customer_count", "charge")
    def _compute_shares(self):
        sums = {
            company: (count, charge)
            for company, count, charge in self._read_group(
                [("company_id", "in", self.company_id.ids)],
                ["company_id"],
                ["customer_count:sum", "charge:sum"],
            )
        }
        for layer in self:
            count, charge = sums.get(layer.company_id, (0, 0))
            layer.customer_share = 100 * layer.customer_count / count if count else 0
            layer.charge_share = 100 * layer.charge / charge if charge else 0

    def action_open_customers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "power_crm.res_partner_action_customers"
        )
        results = self.env["power.grading.result"]._search(
            [
                ("band_id", "=", self.band_id.id),
                ("company_id", "=", self.company_id.id),
                ("current", "=", True),
            ]
        )
        ids = [row for (row,) in self.env.execute_query(results.select("partner_id"))]
        return {**action, "name": self.band_id.display_name, "domain": [("id", "in", ids)]}
