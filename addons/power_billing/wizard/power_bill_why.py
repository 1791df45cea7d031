from odoo import api, fields, models


class PowerBillWhy(models.TransientModel):
    """The dialog that explains a bill by an earlier one."""

    _name = "power.bill.why"
    _description = "Why a Bill Changed"

    bill_id = fields.Many2one(
        comodel_name="power.bill", required=True, readonly=True, ondelete="cascade"
    )
    supply_point_id = fields.Many2one(related="bill_id.supply_point_id")
    customer_id = fields.Many2one(related="bill_id.customer_id")
    period_from = fields.Date(related="bill_id.period_from")
    against = fields.Selection(
        selection=[
            ("before", "The bill before"),
            ("year", "Same month last year"),
            ("other", "Another bill"),
        ],
        string="Compare with",
        required=True,
        default="before",
    )
    other_id = fields.Many2one(
        comodel_name="power.bill",
        string="Earlier bill",
        compute="_compute_other_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="cascade",
        domain="[('supply_point_id', '=', supply_point_id), ('customer_id', '=', customer_id),"
        " ('state', '=', 'posted'), ('period_from', '<', period_from)]",
    )
    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    @api.depends("bill_id", "against")
    def _compute_other_id(self):
        for wizard in self:
            if wizard.against == "before":
                wizard.other_id = wizard.bill_id._get_previous_bill()
            elif wizard.against == "year":
                wizard.other_id = wizard.bill_id._get_year_ago_bill()
            else:
                wizard.other_id = wizard.other_id

    @api.depends("other_id")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for wizard in self:
            bill, other = wizard.bill_id, wizard.other_id
            if not other:
                wizard.explanation = False
                continue
            wizard.explanation = self.env["ir.qweb"]._render(
                "power_billing.bill_change",
                {"change": bill._get_change(other), "bill": bill, "other": other},
            )
