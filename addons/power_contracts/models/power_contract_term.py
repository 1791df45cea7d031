from odoo import api, fields, models


class PowerContractTerm(models.Model):
    """One term of a contract and how it went out: what the renewal rate is counted from."""

    _name = "power.contract.term"
    _inherit = ["power.contract.workbook"]
    _description = "Term of a contract"
    _order = "date_from desc, id desc"
    _rec_name = "contract_id"

    contract_id = fields.Many2one(
        "contract.contract", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True, index=True
    )
    user_id = fields.Many2one(related="contract_id.user_id", string="Responsible", store=True)
    tier = fields.Selection(related="contract_id.tier", store=True)
    renewal = fields.Selection(related="contract_id.renewal", string="Renewal kind", store=True)
    date_from = fields.Date(string="Begins on", required=True, readonly=True)
    date_to = fields.Date(string="Ends on", readonly=True, index=True)
    outcome = fields.Selection(
        [
            ("running", "Running"),
            ("renewed", "Renewed"),
            ("ended", "Ended"),
            ("terminated", "Terminated"),
        ],
        required=True,
        readonly=True,
        default="running",
        index=True,
    )
    renewal_rate = fields.Float(
        string="Renewed (%)",
        compute="_compute_renewal_rate",
        store=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of the terms that are over: how many went on.",
    )
    reason = fields.Char(related="contract_id.end_reason", string="Why it ended")

    @api.depends("outcome")
    def _compute_renewal_rate(self):
        for term in self:
            term.renewal_rate = 100.0 if term.outcome == "renewed" else 0.0

    def _close(self, outcome, day):
        self.write({"outcome": outcome, "date_to": day})
