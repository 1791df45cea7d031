from odoo import fields, models


class PowerBillLine(models.Model):
    _name = "power.bill.line"
    _description = "Bill Charge"
    _order = "bill_id, sequence, id"

    bill_id = fields.Many2one(
        comodel_name="power.bill", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="bill_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    version_id = fields.Many2one(
        comodel_name="power.tariff.version", index="btree_not_null", ondelete="restrict"
    )
    component_id = fields.Many2one(
        comodel_name="power.tariff.component", index="btree_not_null", ondelete="restrict"
    )
    product_id = fields.Many2one(comodel_name="product.product", ondelete="restrict")
    kind = fields.Char(required=True)
    name = fields.Char(required=True)
    date_from = fields.Date()
    date_to = fields.Date()
    quantity = fields.Float(digits=(16, 6))
    unit = fields.Char()
    price = fields.Float(digits=(16, 6))
    amount = fields.Monetary(help="With VAT; quantity × price, half up to the cent.")
    step = fields.Char(string="Calculation")

    def _get_label(self, lang=None):
        """Return the charge's name in a language, with its days when the month is split."""
        self.ensure_one()
        line = self.with_context(lang=lang) if lang else self
        return line.component_id.name or line.name
