from odoo import api, fields, models


class ContractTemplate(models.Model):
    """Terms of a service contract; a contract takes them over from its template."""

    _inherit = "contract.template"

    name = fields.Char(translate=True)
    company_id = fields.Many2one(required=False)
    is_power_service = fields.Boolean(string="Service contract", index=True)
    tier = fields.Selection(
        [("basic", "Basic"), ("standard", "Standard"), ("premium", "Premium")], string="Package"
    )
    renewal = fields.Selection(
        [
            ("auto", "By itself"),
            ("agreement", "When the customer agrees"),
            ("none", "Not renewed"),
        ],
        default="agreement",
        required=True,
    )
    renewal_months = fields.Integer(string="Renewed for (months)", default=12)
    notice_days = fields.Integer(
        string="Notice (days)",
        default=30,
        help="So long before its end a renewal is offered; so long before it a new price is told.",
    )

    _terms_positive = models.Constraint(
        "CHECK (renewal_months >= 0 AND notice_days >= 0)",
        "Renewal and notice cannot be negative.",
    )
    _auto_has_months = models.Constraint(
        "CHECK (renewal != 'auto' OR renewal_months > 0)",
        "What renews itself needs the months it is renewed for. Enter them, or choose another "
        "renewal.",
    )

    @api.depends("contract_type", "company_id")
    def _compute_journal_id(self):
        """A template of every company cannot name the journal of one."""
        shared = self.filtered(lambda template: not template.company_id)
        shared.journal_id = False
        return super(ContractTemplate, self - shared)._compute_journal_id()

    @api.model
    def _migrate_shipped_company(self):
        """Shipped templates were those of the company that installed them."""
        shipped = self.env["ir.model.data"].search(
            [("module", "=", "power_contracts"), ("model", "=", self._name)]
        )
        templates = self.browse(shipped.mapped("res_id")).exists()
        if all(template.company_id for template in templates):
            templates.company_id = False
