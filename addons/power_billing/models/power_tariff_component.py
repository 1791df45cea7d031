from odoo import api, fields, models

from ..tools.exact import exact


class PowerTariffComponent(models.Model):
    _name = "power.tariff.component"
    _description = "Tariff Component"
    _order = "version_id, sequence, id"
    _check_company_auto = True

    _PER_KWH = frozenset({"energy", "fund"})

    version_id = fields.Many2one(
        comodel_name="power.tariff.version", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="version_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection=[
            ("energy", "Energy"),
            ("fund", "Government fund"),
            ("fixed", "Fixed monthly charge"),
        ],
        required=True,
        default="energy",
    )
    name = fields.Char(required=True, translate=True)
    product_id = fields.Many2one(
        comodel_name="product.product",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        check_company=True,
        ondelete="restrict",
        help="Its accounts and taxes are used for this charge.",
    )
    price = fields.Float(digits=(16, 6), required=True, help="With VAT, per unit.")
    unit = fields.Char(compute="_compute_unit", store=True, precompute=True)
    is_per_kwh = fields.Boolean(compute="_compute_unit", store=True, precompute=True)

    _price_positive = models.Constraint("CHECK (price >= 0)", "A price cannot be negative.")

    @api.depends("kind")
    def _compute_product_id(self):
        for component in self:
            component.product_id = self.env.ref(
                f"power_billing.product_{component.kind}", raise_if_not_found=False
            )

    @api.depends("kind")
    def _compute_unit(self):
        for component in self:
            component.is_per_kwh = component.kind in self._PER_KWH
            component.unit = "kWh" if component.is_per_kwh else "month"

    @api.model_create_multi
    def create(self, vals_list):
        components = super().create(vals_list)
        components.version_id._check_frozen()
        return components

    def write(self, vals):
        # Names may still be translated; what was billed may not change.
        if vals.keys() - {"name", "sequence"}:
            self.version_id._check_frozen()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self.version_id._check_frozen()

    def _get_determinants(self):
        self.ensure_one()
        return {
            "key": self.id,
            "kind": self.kind,
            "name": self.with_context(lang="en_US").name,
            "price": str(exact(self.price)),
            "unit": self.unit,
        }
