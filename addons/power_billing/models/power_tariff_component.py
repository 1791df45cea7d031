from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import price_list
from ..tools.amounts import plain
from ..tools.determinants import PF_BASE_KINDS
from ..tools.exact import exact


class PowerTariffComponent(models.Model):
    _name = "power.tariff.component"
    _inherit = ["power.tariff.part.mixin"]
    _description = "Tariff Component"
    _order = "version_id, sequence, id"
    _check_company_auto = True

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
            ("capacity", "Capacity charge"),
            ("demand", "Demand charge"),
            ("power_factor", "Power-factor adjustment"),
            ("minimum", "Minimum charge"),
            ("allowance", "Free allowance"),
            ("export", "Energy fed in"),
        ],
        required=True,
        default="energy",
        help="Energy and funds are charged a kWh, funds never float and carry no power-factor "
        "adjustment; capacity a kVA and month; demand a kW and month; the adjustment is a "
        "percentage after the table of 1983; a minimum tops the bill up to its price; an "
        "allowance gives kWh free at the price of the first tier; energy fed in is credited.",
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
    price = fields.Float(
        digits=(16, 6),
        required=True,
        default=0.0,
        help="As listed, per unit; where no row below says otherwise.",
    )
    unit = fields.Char(compute="_compute_unit", store=True, precompute=True)
    is_per_kwh = fields.Boolean(compute="_compute_unit", store=True, precompute=True)
    price_ids = fields.One2many(
        comodel_name="power.tariff.price",
        inverse_name="component_id",
        string="Prices by period and tier",
        copy=True,
    )
    price_range = fields.Char(string="Prices", compute="_compute_price_range")
    pf_base = fields.Boolean(
        string="In the power-factor base",
        compute="_compute_pf_base",
        store=True,
        readonly=False,
        precompute=True,
        help="The power-factor percentage is taken of this charge too.",
    )
    period_id = fields.Many2one(
        comodel_name="power.tariff.period",
        string="Demand of period",
        ondelete="restrict",
        help="The demand is the maximum within this period; empty is the whole month.",
    )
    demand_limits = fields.Char(
        string="Demand tiers (kW)", help="Upper limits of the tiers, for example 100; 500."
    )
    quantity = fields.Float(string="Free kWh a month", digits=(16, 2))

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
            component.is_per_kwh = component.kind in price_list.PER_KWH
            component.unit = price_list.UNITS.get(component.kind)

    @api.depends("kind")
    def _compute_pf_base(self):
        for component in self:
            component.pf_base = component.kind in PF_BASE_KINDS

    @api.depends("price", "kind", "price_ids.value", "price_ids.basis")
    def _compute_price_range(self):
        for component in self:
            component.price_range = component._get_price_range()

    def _get_price_range(self):
        """Return the lowest and highest price as text, or the one price."""
        if self.kind == "power_factor":
            return ""
        base = exact(self.price)
        values = {
            base * exact(row.value) if row.basis == "factor" else exact(row.value)
            for row in self.price_ids
        }
        if not values or (base and any(row.basis == "factor" for row in self.price_ids)):
            values.add(base)
        low, high = plain(min(values)), plain(max(values))
        return low if low == high else f"{low} – {high}"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalise(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._normalise(vals))

    @api.model
    def _normalise(self, vals):
        """Keep the limits of the demand in one writing."""
        if vals.get("demand_limits"):
            vals = {**vals, "demand_limits": self._read_limits(vals["demand_limits"])}
        return vals

    @api.model
    def _read_limits(self, text):
        limits = price_list.parse_limits(text)
        if not limits:
            raise ValidationError(
                self.env._("“%s” are no limits of tiers. Write them as 2760; 4800.", text)
            )
        return "; ".join(limits)

    def _get_determinants(self):
        """Return the component as plain data; what is not set is left out."""
        self.ensure_one()
        return {
            "key": self.id,
            "kind": self.kind,
            "name": self.with_context(lang="en_US").name,
            "price": str(exact(self.price)),
            "unit": self.unit,
            **self._get_price_determinants(),
        }

    def _get_price_determinants(self):
        data = {}
        factors = self.price_ids.filtered(lambda row: row.basis == "factor")
        if factors:
            data["factors"] = {row.period_id.code: plain(exact(row.value)) for row in factors}
        prices = self.price_ids - factors
        if prices:
            data["prices"] = [row._get_determinants() for row in prices]
        if self.pf_base != (self.kind in PF_BASE_KINDS):
            data["pf_base"] = self.pf_base
        if self.kind == "demand" and self.period_id:
            data["period"] = self.period_id.code
        if self.kind == "demand" and self.demand_limits:
            data["limits"] = price_list.parse_limits(self.demand_limits)
        if self.kind == "allowance" and self.quantity:
            data["quantity"] = plain(exact(self.quantity, 2))
        return data
