from odoo import api, fields, models


class PowerGradingBacktestBand(models.Model):
    _name = "power.grading.backtest.band"
    _description = "Grade in a back-test"
    _order = "backtest_id, sequence, id"
    _rec_name = "letter"

    backtest_id = fields.Many2one(
        "power.grading.backtest", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="backtest_id.company_id", store=True, index=True)
    sequence = fields.Integer(aggregator=None)
    letter = fields.Char(string="Grade", required=True)
    name = fields.Char()
    customer_count = fields.Integer(string="Customers")
    bad_count = fields.Integer(string="Paid late")
    bad_share = fields.Float(
        string="Paid late (%)",
        digits=(16, 1),
        compute="_compute_bad_share",
        store=True,
        aggregator="avg",
    )
    score = fields.Float(string="Mean score", digits=(16, 2), aggregator="avg")

    @api.depends("customer_count", "bad_count")
    def _compute_bad_share(self):
        for band in self:
            count = band.customer_count
            band.bad_share = 100 * band.bad_count / count if count else 0
