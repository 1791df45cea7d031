from odoo import fields, models


class ContractLine(models.Model):
    """A contract line that was a line of a quotation."""

    _inherit = "contract.line"

    sale_order_line_id = fields.Many2one(
        "sale.order.line",
        string="Line of the quotation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _sale_order_line_uniq = models.UniqueIndex(
        "(sale_order_line_id) WHERE sale_order_line_id IS NOT NULL",
        "This line of the quotation has become a contract already.",
    )
